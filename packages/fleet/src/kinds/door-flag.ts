import type { Kind } from "../kind.ts"
import { HOUR, SECOND } from "./time.ts"

export const doorFlag: Kind = {
  name: "door-flag",
  title: "Door contact that says true and false",
  perDay: 48,
  days: 7,
  units: { open: null },
  isAboutValues: true,
  right: { unverified: 0.01 },
  *emit(random, start) {
    let open = false
    for (let at = start; ; at += SECOND + random.below(HOUR)) {
      yield { at, values: { open } }
      open = !open
    }
  },
}
