import type { Kind } from "../kind.ts"
import { DAY, every, HOUR } from "./time.ts"

export const monthlyReporter: Kind = {
  name: "monthly-reporter",
  title: "Meter that reports once a month",
  perDay: 1 / 30,
  days: 1200,
  units: { volume: "m3" },
  isAboutValues: true,
  right: { unverified: 0.05 },
  *emit(random, start) {
    let volume = random.below(1000)
    for (const at of every(start, 30 * DAY, random, 6 * HOUR)) {
      volume += 8 + random.below(7)
      yield { at, values: { volume } }
    }
  },
}
