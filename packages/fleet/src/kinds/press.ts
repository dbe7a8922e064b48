import type { Kind } from "../kind.ts"
import { every, hourOf, rounded, SECOND, weekdayOf } from "./time.ts"

export const press: Kind = {
  name: "press",
  title: "Press with two levels of pressure, each 30 seconds, two shifts on weekdays",
  perDay: 2880,
  days: 3,
  units: { pressure: "bar" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let left = 4
    let isPressing = false
    for (const at of every(start, 30 * SECOND, random)) {
      const works = weekdayOf(at) < 5 && hourOf(at) >= 6 && hourOf(at) < 22
      if (--left <= 0) {
        isPressing = !isPressing && works
        left = isPressing ? 2 + random.below(3) : 3 + random.below(5)
      }
      yield { at, values: { pressure: rounded((isPressing ? 180 : 20) + random.normal() * 0.8, 0.1) } }
    }
  },
}
