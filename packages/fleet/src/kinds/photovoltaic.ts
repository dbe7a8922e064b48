import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE, wanderer } from "./time.ts"

export const photovoltaic: Kind = {
  name: "photovoltaic",
  title: "Photovoltaic inverter: power and the energy of the day, each 5 minutes",
  perDay: 288,
  days: 5,
  units: { power: "W", today: "Wh" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    const cloud = wanderer(random, 0.05, 0.12)
    let today = 0
    for (const at of every(start, 5 * MINUTE, random)) {
      const hour = hourOf(at)
      const sun = Math.sin(((hour - 6) / 12) * Math.PI)
      const power = sun <= 0 ? 0 : Math.round(5000 * sun * Math.min(1, Math.max(0.1, 0.7 + cloud())))
      today = hour < 0.1 ? 0 : today + Math.round(power / 12)
      yield { at, values: { power, today } }
    }
  },
}
