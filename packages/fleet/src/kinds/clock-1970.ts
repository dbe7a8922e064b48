import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, HOUR, MINUTE } from "./time.ts"

/** Until it has heard a time server. */
const LOST = 15 * MINUTE

export const clock1970: Kind = {
  name: "clock-1970",
  title: "Sensor whose clock begins in 1970 after each power cut, until it has heard a time server",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.03 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random)) {
      const since = ((at - start) % DAY) - 12 * HOUR
      const isLost = since >= 0 && since < LOST
      yield {
        at,
        values: room(at),
        ...(since === 0 ? { boots: "counted" } : {}),
        ...(isLost ? { iat: 10 + Math.floor(since / 1000) } : {}),
      }
    }
  },
}
