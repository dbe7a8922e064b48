import type { Kind } from "../kind.ts"
import { every, hourOf, rounded, SECOND } from "./time.ts"

export const coldStore: Kind = {
  name: "cold-store",
  title: "Cold store: a compressor that cycles, doors that open, each 10 seconds",
  perDay: 8640,
  days: 1,
  units: { temperature: "Cel" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let temperature = -18
    let cooling = false
    let open = 0
    for (const at of every(start, 10 * SECOND, random)) {
      const hour = hourOf(at)
      if (open > 0) open--
      else if (hour >= 5 && hour < 20 && random.next() < 1 / 300) open = 6 + random.below(18)
      if (temperature > -17) cooling = true
      if (temperature < -19) cooling = false
      temperature += (cooling ? -0.03 : 0.012) + (open > 0 ? 0.06 : 0)
      yield { at, values: { temperature: rounded(temperature + random.normal() * 0.02, 0.01) } }
    }
  },
}
