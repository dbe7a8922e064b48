import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE } from "./time.ts"

export const valve: Kind = {
  name: "valve",
  title: "Valve that is shut for hours and open for minutes, each 5 minutes",
  perDay: 288,
  days: 7,
  units: { position: "%" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let left = 0
    for (const at of every(start, 5 * MINUTE, random)) {
      const hour = hourOf(at)
      if (left > 0) left--
      else if (hour >= 6 && hour < 22 && random.next() < 1 / 60) left = 3 + random.below(4)
      yield { at, values: { position: left > 0 ? 100 : 0 } }
    }
  },
}
