import type { Kind } from "../kind.ts"
import { every, MINUTE, rounded, wanderer } from "./time.ts"

export const wind: Kind = {
  name: "wind",
  title: "Wind with gusts, once a minute",
  perDay: 1440,
  days: 3,
  units: { speed: "m/s" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    const mean = wanderer(random, 0.002, 0.06)
    for (const at of every(start, MINUTE, random)) {
      const speed = Math.exp(1.2 + mean()) * Math.sqrt(-Math.log(1 - random.next()))
      yield { at, values: { speed: rounded(Math.min(50, speed), 0.1) } }
    }
  },
}
