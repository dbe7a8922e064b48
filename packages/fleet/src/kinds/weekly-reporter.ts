import type { Kind } from "../kind.ts"
import { DAY, every, HOUR } from "./time.ts"

export const weeklyReporter: Kind = {
  name: "weekly-reporter",
  title: "Sensor that reports each eight days",
  perDay: 1 / 8,
  days: 400,
  units: { level: "m" },
  isAboutValues: true,
  right: { unverified: 0.05 },
  *emit(random, start) {
    for (const at of every(start, 8 * DAY, random, HOUR))
      yield { at, values: { level: 4 + Math.round(random.normal() * 10) / 100 } }
  },
}
