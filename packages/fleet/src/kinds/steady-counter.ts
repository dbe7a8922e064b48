import type { Kind } from "../kind.ts"
import { every, MINUTE } from "./time.ts"

export const steadyCounter: Kind = {
  name: "steady-counter",
  title: "Counter that grows by one each minute",
  perDay: 1440,
  days: 1,
  units: { count: null },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let count = 1000 + random.below(1000)
    for (const at of every(start, MINUTE, random)) yield { at, values: { count: count++ } }
  },
}
