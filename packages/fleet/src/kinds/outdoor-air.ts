import type { Kind } from "../kind.ts"
import { daily, every, MINUTE, rounded, wanderer } from "./time.ts"

export const outdoorAir: Kind = {
  name: "outdoor-air",
  title: "Outdoor air, tenths of a degree, once a minute",
  perDay: 1440,
  days: 3,
  units: { temperature: "Cel", humidity: "%RH" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    const weather = wanderer(random, 0.0005, 0.03)
    const mean = 5 + random.below(15)
    for (const at of every(start, MINUTE, random)) {
      const warm = daily(at) * 5 + weather()
      yield {
        at,
        values: {
          temperature: rounded(mean + warm + random.normal() * 0.05, 0.1),
          humidity: rounded(Math.min(100, Math.max(15, 65 - 3 * warm + random.normal() * 0.4)), 1),
        },
      }
    }
  },
}
