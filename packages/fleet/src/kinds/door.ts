import type { Kind } from "../kind.ts"
import { HOUR, hourOf, MINUTE, SECOND } from "./time.ts"

export const door: Kind = {
  name: "door",
  title: "Door contact: a message when it opens or shuts, and one each hour",
  perDay: 60,
  days: 7,
  units: { open: null },
  isAboutValues: true,
  right: { unverified: 0.02 },
  *emit(random, start) {
    let open = 0
    for (let at = start; ; ) {
      yield { at, values: { open } }
      const busy = hourOf(at) >= 7 && hourOf(at) < 19
      const next = open === 1 ? 5 * SECOND + random.below(MINUTE) : random.below((busy ? 1 : 12) * HOUR) + SECOND
      if (next < HOUR) open = 1 - open
      at += Math.min(HOUR, next)
    }
  },
}
