import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, MINUTE } from "./time.ts"

export const rebooting: Kind = {
  name: "rebooting",
  title: "Sensor on a bad supply: boots a few times a day, once a minute",
  perDay: 1440,
  days: 2,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.01 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, MINUTE, random))
      yield { at, values: room(at), ...(random.next() < 1 / 300 ? { boots: "counted" } : {}) }
  },
}
