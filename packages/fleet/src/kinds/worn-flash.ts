import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, MINUTE } from "./time.ts"

export const wornFlash: Kind = {
  name: "worn-flash",
  title: "Sensor whose worn flash gives back an old position after a power cut, once",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  isVolatile: true,
  // Contested until its counter has passed what it had signed before, or it was silent for a while.
  right: { unverified: 0.02 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random))
      yield { at, values: room(at), ...(at - start === DAY ? { boots: "forgot" } : {}) }
  },
}
