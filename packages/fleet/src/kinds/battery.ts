import type { Kind } from "../kind.ts"
import { every, HOUR } from "./time.ts"

export const battery: Kind = {
  name: "battery",
  title: "Battery in whole percent, once an hour: flat for days, charged when low",
  perDay: 24,
  days: 60,
  units: { level: "%EL" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let level = 100
    for (const at of every(start, HOUR, random)) {
      level -= 0.04 + random.next() * 0.04
      if (level < 20) level = 100
      yield { at, values: { level: Math.round(level) } }
    }
  },
}
