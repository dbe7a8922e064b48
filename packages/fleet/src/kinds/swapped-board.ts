import type { Kind } from "../kind.ts"
import { roomOf, UNITS } from "./room.ts"
import { DAY, every, MINUTE } from "./time.ts"

export const swappedBoard: Kind = {
  name: "swapped-board",
  title: "Machine that gets a new board, with a key and a credential of its own",
  perDay: 288,
  days: 3,
  units: UNITS,
  isAboutValues: false,
  right: { unverified: 0.05 },
  *emit(random, start) {
    const room = roomOf(random)
    for (const at of every(start, 5 * MINUTE, random))
      yield { at, values: room(at), ...(at - start === DAY ? { boots: "swapped" } : {}) }
  },
}
