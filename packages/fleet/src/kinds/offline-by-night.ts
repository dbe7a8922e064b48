import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, HOUR, MINUTE } from "./time.ts"

export const offlineByNight: Kind = {
  name: "offline-by-night",
  title: "Sensor that is cut off for six hours of each day, and hands all of it over at once",
  perDay: 1440,
  days: 2,
  units: UNITS,
  isAboutValues: false,
  // What was kept for hours is late: it may be recorded, and needs not be verified.
  right: { unverified: 0.27 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, MINUTE, random)) {
      const since = (at - start) % DAY
      const isCut = since >= 12 * HOUR && since < 18 * HOUR
      yield { at, values: room(at), ...(isCut ? { arrives: at - since + 18 * HOUR } : {}) }
    }
  },
}
