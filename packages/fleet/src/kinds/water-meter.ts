import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE } from "./time.ts"

export const waterMeter: Kind = {
  name: "water-meter",
  title: "Water meter of a household: litres, each 15 minutes, constant by night",
  perDay: 96,
  days: 5,
  units: { volume: "l" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let volume = random.below(500_000)
    for (const at of every(start, 15 * MINUTE, random)) {
      const hour = hourOf(at)
      if (hour >= 6 && hour < 23) volume += 1 + random.below(12)
      yield { at, values: { volume } }
    }
  },
}
