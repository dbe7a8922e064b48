import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, MINUTE, SECOND } from "./time.ts"

export const deepSleeper: Kind = {
  name: "deep-sleeper",
  title: "Sensor that boots for each message, each 15 minutes",
  perDay: 96,
  days: 5,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.01 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 15 * MINUTE, random, 10 * SECOND)) yield { at, values: room(at), boots: "counted" }
  },
}
