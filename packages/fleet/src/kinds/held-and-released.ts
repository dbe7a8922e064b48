import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, HOUR, SECOND } from "./time.ts"

/** What is said in so long is held, and let go at its end. */
const HELD = 180 * SECOND

export const heldAndReleased: Kind = {
  name: "held-and-released",
  title: "Sensor that says one message a second; each hour the network holds three minutes of them and lets go",
  perDay: 86_400,
  days: 0.06,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.1 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, SECOND, random)) {
      const since = (at - start) % HOUR
      const isHeld = since >= HOUR / 2 && since < HOUR / 2 + HELD
      yield { at, values: room(at), ...(isHeld ? { arrives: at - since + HOUR / 2 + HELD } : {}) }
    }
  },
}
