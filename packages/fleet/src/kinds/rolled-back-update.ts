import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, MINUTE } from "./time.ts"

export const rolledBackUpdate: Kind = {
  name: "rolled-back-update",
  title: "Sensor that updates into its other slot, fails its self-test and boots the old release again",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.05 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random)) {
      const since = at - start - DAY
      const boots = since === 0 || since === 10 * MINUTE
      yield {
        at,
        values: room(at),
        firmware: since >= 0 && since < 10 * MINUTE ? "current" : "older",
        ...(boots ? { boots: "counted" } : {}),
      }
    }
  },
}
