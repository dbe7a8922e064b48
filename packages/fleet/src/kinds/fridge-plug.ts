import type { Kind } from "../kind.ts"
import { every, MINUTE, rounded } from "./time.ts"

export const fridgePlug: Kind = {
  name: "fridge-plug",
  title: "Plug of a fridge: idle, compressor, and a short peak when it starts, once a minute",
  perDay: 1440,
  days: 2,
  units: { power: "W" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let left = 10
    let runs = false
    for (const at of every(start, MINUTE, random)) {
      const starts = --left <= 0 && !runs
      if (left <= 0) {
        runs = !runs
        left = runs ? 12 + random.below(8) : 25 + random.below(15)
      }
      yield { at, values: { power: rounded((starts ? 600 : runs ? 85 : 1.2) * (1 + random.normal() * 0.02), 0.1) } }
    }
  },
}
