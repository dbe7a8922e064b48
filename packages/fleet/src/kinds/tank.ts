import type { Kind } from "../kind.ts"
import { every, MINUTE, rounded } from "./time.ts"

export const tank: Kind = {
  name: "tank",
  title: "Tank that empties over hours and is filled in minutes, once a minute",
  perDay: 1440,
  days: 2,
  units: { level: "%" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let level = 60
    let filling = false
    for (const at of every(start, MINUTE, random)) {
      if (level < 20) filling = true
      if (level > 90) filling = false
      level += filling ? 3 + random.next() : -(0.1 + random.next() * 0.1)
      yield { at, values: { level: rounded(level, 0.1) } }
    }
  },
}
