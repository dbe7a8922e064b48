import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, MINUTE } from "./time.ts"

export const issuerAhead: Kind = {
  name: "issuer-ahead",
  title: "Sensor whose issuer's clock is 2 seconds ahead when it gets its credential",
  perDay: 1440,
  days: 1,
  units: UNITS,
  credentialAhead: 2,
  isAboutValues: false,
  right: { unverified: 0.01 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, MINUTE, random)) yield { at, values: room(at) }
  },
}
