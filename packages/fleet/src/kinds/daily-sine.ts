import type { Kind } from "../kind.ts"
import { DAY, every, MINUTE } from "./time.ts"

export const dailySine: Kind = {
  name: "daily-sine",
  title: "A clean daily wave at 96 samples a day",
  perDay: 96,
  days: 5,
  units: { value: null },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    for (const at of every(start, 15 * MINUTE, random))
      yield { at, values: { value: 20 + 10 * Math.sin(((at - start) / DAY) * 2 * Math.PI) } }
  },
}
