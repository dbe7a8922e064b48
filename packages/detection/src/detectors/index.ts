/** The detectors in force, in order of severity: reasons appear in this order. */
import { detectorSet } from "../detector-set.ts"
import { drift } from "./drift.ts"
import { flood } from "./flood.ts"
import { levelShift } from "./level-shift.ts"
import { novelRange } from "./novel-range.ts"
import { rate } from "./rate.ts"
import { silence } from "./silence.ts"
import { stuck } from "./stuck.ts"

/** A new detector is one file beside this one, its reason in @assay/trust, and one line here. At most 31. */
export const DETECTORS = [flood, rate, drift, levelShift, novelRange, stuck, silence] as const

export const { arrivalFields, readingFields, countMessage, observe, reasonsOf, gainOf, signalsOf } =
  detectorSet(DETECTORS)
