import type { Kind } from "../kind.ts"
import { daily, every, MINUTE } from "./time.ts"

export const energyCounter: Kind = {
  name: "energy-counter",
  title: "Electricity meter: energy since it was built, once a minute",
  perDay: 1440,
  days: 2,
  units: { energy: "Wh" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let energy = 1000 + random.below(1_000_000)
    for (const at of every(start, MINUTE, random)) {
      energy += Math.round(Math.max(1, 12 + 8 * daily(at, 18) + (random.next() < 0.1 ? 25 : 0) + random.normal() * 2))
      yield { at, values: { energy } }
    }
  },
}
