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
  // Two messages fill one place: nobody can tell it from a copy of the key without a word of an operator.
  right: { unverified: 0.7, endsOtherwise: "it waits for resync, by two operators" },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random))
      yield { at, values: room(at), ...(at - start === DAY ? { boots: "forgot" } : {}) }
  },
}
