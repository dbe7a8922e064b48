import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, HOUR, MINUTE } from "./time.ts"

export const clockAhead: Kind = {
  name: "clock-ahead",
  title: "Sensor whose clock runs 90 seconds ahead for an hour of each day, and is set right",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  // What claims to be from the future is refused, and the sender may send it again.
  right: { unverified: 0.06 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random)) {
      const since = (at - start) % DAY
      const isAhead = since >= 12 * HOUR && since < 13 * HOUR
      yield { at, values: room(at), iat: Math.floor(at / 1000) + (isAhead ? 90 : 0) }
    }
  },
}
