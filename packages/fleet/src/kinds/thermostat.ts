import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE, rounded } from "./time.ts"

export const thermostat: Kind = {
  name: "thermostat",
  title: "Room thermostat in half degrees with a set-back by night, each 5 minutes",
  perDay: 288,
  days: 5,
  units: { temperature: "Cel", target: "Cel" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let temperature = 19
    for (const at of every(start, 5 * MINUTE, random)) {
      const target = hourOf(at) >= 6 && hourOf(at) < 22 ? 21 : 17
      temperature += (target - temperature) * 0.05 + random.normal() * 0.03
      yield { at, values: { temperature: rounded(temperature, 0.5), target } }
    }
  },
}
