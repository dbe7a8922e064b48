import type { Kind } from "../kind.ts"
import { every, MINUTE, rounded } from "./time.ts"

/** A lunar day has two tides (12.42 hours each). */
const TIDE = 745 * MINUTE

export const tide: Kind = {
  name: "tide",
  title: "Water level by the tide, each 15 minutes",
  perDay: 96,
  days: 14,
  units: { level: "m" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    for (const at of every(start, 15 * MINUTE, random)) {
      const range = 1.5 + 0.5 * Math.sin((at / (28 * TIDE)) * 2 * Math.PI)
      yield {
        at,
        values: { level: rounded(3 + range * Math.sin((at / TIDE) * 2 * Math.PI) + random.normal() * 0.01, 0.01) },
      }
    }
  },
}
