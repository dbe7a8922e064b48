import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE, weekdayOf } from "./time.ts"

export const officeAir: Kind = {
  name: "office-air",
  title: "Carbon dioxide in an office: people on weekdays, nobody else, each 5 minutes",
  perDay: 288,
  days: 14,
  units: { co2: "ppm" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let co2 = 420
    for (const at of every(start, 5 * MINUTE, random)) {
      const people = weekdayOf(at) < 5 && hourOf(at) >= 8 && hourOf(at) < 18 ? 4 + random.below(8) : 0
      co2 += people * 8 - (co2 - 420) * 0.08 + random.normal() * 4
      yield { at, values: { co2: Math.round(co2) } }
    }
  },
}
