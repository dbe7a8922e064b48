import type { Kind } from "../kind.ts"
import { DAY, every, MINUTE } from "./time.ts"

export const setpoint: Kind = {
  name: "setpoint",
  title: "Set-point that people change every few days, each 10 minutes",
  perDay: 144,
  days: 10,
  units: { target: "Cel" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let target = 50
    let change = start + 2 * DAY
    for (const at of every(start, 10 * MINUTE, random)) {
      if (at >= change) {
        target = 40 + 5 * random.below(6)
        change = at + DAY + random.below(3 * DAY)
      }
      yield { at, values: { target } }
    }
  },
}
