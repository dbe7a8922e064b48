import type { Kind } from "../kind.ts"
import { every, hourOf, MINUTE, wanderer } from "./time.ts"

export const light: Kind = {
  name: "light",
  title: "Light sensor: zero all night, each 10 minutes",
  perDay: 144,
  days: 5,
  units: { illuminance: "lx" },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    const cloud = wanderer(random, 0.1, 0.1)
    for (const at of every(start, 10 * MINUTE, random)) {
      const sun = Math.sin(((hourOf(at) - 6) / 12) * Math.PI)
      const shade = Math.min(1, Math.max(0.2, 0.8 + cloud()))
      yield { at, values: { illuminance: sun <= 0 ? 0 : Math.round(40_000 * sun * shade) } }
    }
  },
}
