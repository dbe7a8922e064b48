import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, MINUTE } from "./time.ts"

export const clockBehind: Kind = {
  name: "clock-behind",
  title: "Sensor whose clock is 90 seconds behind",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.01 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random)) yield { at, values: room(at), iat: Math.floor(at / 1000) - 90 }
  },
}
