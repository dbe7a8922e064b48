import type { Kind } from "../kind.ts"
import { every, MINUTE, rounded } from "./time.ts"

export const rainGauge: Kind = {
  name: "rain-gauge",
  title: "Rain gauge: zero for days, showers of an hour, each 5 minutes",
  perDay: 288,
  days: 14,
  units: { rain: "mm" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let left = 0
    for (const at of every(start, 5 * MINUTE, random)) {
      if (left > 0) left--
      else if (random.next() < 1 / 300) left = 3 + random.below(30)
      yield { at, values: { rain: left > 0 ? rounded(-Math.log(1 - random.next()) * 0.6, 0.2) : 0 } }
    }
  },
}
