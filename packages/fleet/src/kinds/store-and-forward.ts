import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, HOUR, MINUTE } from "./time.ts"

export const storeAndForward: Kind = {
  name: "store-and-forward",
  title: "Sensor behind a gateway that calls in each half hour with all that it kept",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.02 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random)) {
      const since = (at - start) % (HOUR / 2)
      yield { at, values: room(at), arrives: at - since + HOUR / 2 }
    }
  },
}
