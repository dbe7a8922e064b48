import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, MINUTE } from "./time.ts"

export const lossyNetwork: Kind = {
  name: "lossy-network",
  title: "Sensor of whose messages the network drops every second",
  perDay: 720,
  days: 2,
  units: UNITS,
  isAboutValues: false,
  // Each of its messages names one before it that never came: what is missing cannot be proven to be harmless.
  right: { unverified: 1, endsOtherwise: "each of its messages names one that never came" },
  *emit(random, start) {
    const room = roomOf(random)
    let n = 0
    for (const at of every(start, MINUTE, random))
      yield { at, values: room(at), ...(++n % 2 === 0 ? { lost: true } : {}) }
  },
}
