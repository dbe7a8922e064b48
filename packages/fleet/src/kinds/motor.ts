import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE, rounded, weekdayOf } from "./time.ts"

export const motor: Kind = {
  name: "motor",
  title: "Motor on shift work: vibration and current, once a minute, still on Sundays",
  perDay: 1440,
  days: 8,
  units: { vibration: "mm/s", current: "A" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    for (const at of every(start, MINUTE, random)) {
      const runs = weekdayOf(at) < 6 && hourOf(at) >= 6 && hourOf(at) < 22
      yield {
        at,
        values: {
          vibration: rounded(runs ? 2.8 * (1 + random.normal() * 0.05) : 0.05 + random.next() * 0.02, 0.01),
          current: rounded(runs ? 14 + random.normal() * 0.6 : 0, 0.1),
        },
      }
    }
  },
}
