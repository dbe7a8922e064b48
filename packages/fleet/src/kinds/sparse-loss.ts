import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { every, MINUTE } from "./time.ts"

export const sparseLoss: Kind = {
  name: "sparse-loss",
  title: "Sensor that loses one message in 200 on the way",
  perDay: 1440,
  days: 2,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.02 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, MINUTE, random))
      yield { at, values: room(at), ...(random.next() < 1 / 200 ? { lost: true } : {}) }
  },
}
