import type { Kind } from "../kind.ts"
import { DAY, daily, MINUTE, rounded, SECOND } from "./time.ts"

export const rateChange: Kind = {
  name: "rate-change",
  title: "Sensor that is set from one message in 5 minutes to one in 10 seconds, and back a day later",
  perDay: 2000,
  days: 6,
  units: { temperature: "Cel" },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    for (let at = start; ; ) {
      yield { at, values: { temperature: rounded(20 + 3 * daily(at) + random.normal() * 0.05, 0.1) } }
      const day = Math.floor((at - start) / DAY) % 5
      at += day === 3 ? 10 * SECOND : 5 * MINUTE
    }
  },
}
