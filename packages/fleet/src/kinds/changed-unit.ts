import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, MINUTE, rounded } from "./time.ts"

export const changedUnit: Kind = {
  name: "changed-unit",
  title: "Sensor whose new firmware reports Fahrenheit where the old one reported Celsius",
  perDay: 288,
  days: 6,
  units: UNITS,
  isAboutValues: false,
  // A known new release opens a bounded time in which it is learned anew.
  right: { unverified: 0.08 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random)) {
      const { temperature } = room(at)
      const isNew = at - start >= DAY
      yield isNew
        ? {
            at,
            values: { temperature: rounded(temperature * 1.8 + 32, 0.1) },
            unit: "degF",
            firmware: "current",
            ...(at - start === DAY ? { boots: "counted" } : {}),
          }
        : { at, values: { temperature }, firmware: "older" }
    }
  },
}
