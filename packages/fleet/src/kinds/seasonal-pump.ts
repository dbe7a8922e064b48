import type { Kind } from "../kind.ts"
import { DAY, every, MINUTE, rounded } from "./time.ts"

export const seasonalPump: Kind = {
  name: "seasonal-pump",
  title: "Irrigation pump: ten days at work, three weeks switched off and silent",
  perDay: 46,
  days: 40,
  units: { flow: "l/s" },
  isAboutValues: true,
  right: { unverified: 0.03 },
  *emit(random, start) {
    for (const at of every(start, 10 * MINUTE, random)) {
      if ((at - start) % (31 * DAY) < 10 * DAY) yield { at, values: { flow: rounded(12 + random.normal() * 0.3, 0.1) } }
    }
  },
}
