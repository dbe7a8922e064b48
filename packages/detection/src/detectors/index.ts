/** The detectors in force, in order of severity: reasons appear in this order. */
import { detectorSet } from "../detector-set.ts"
import { constantMoved } from "../kinds/constant.ts"
import { counterBack, counterRate } from "../kinds/counter.ts"
import { newState } from "../kinds/state.ts"
import { daily } from "./daily.ts"
import { outsideDeclared } from "./declared.ts"
import { flood } from "./flood.ts"
import { levelShift } from "./level-shift.ts"
import { novelRange } from "./novel-range.ts"
import { rate } from "./rate.ts"
import { silence } from "./silence.ts"
import { stuck } from "./stuck.ts"
import { variation } from "./variation.ts"

/** A new detector is one file beside this one, its reason in @assay/trust, and one line here. At most 15. */
export const DETECTORS = [
  flood,
  rate,
  levelShift,
  outsideDeclared,
  novelRange,
  daily,
  variation,
  counterRate,
  counterBack,
  newState,
  constantMoved,
  stuck,
  silence,
] as const

export const { arrivalFields, readingFields, countMessage, observe, reasonsOf, gainOf, signalsOf, reportedOf } =
  detectorSet(DETECTORS)

/** The alarm that a declaration of the roots raises, whatever was learned. */
export const OUTSIDE = signalsOf(outsideDeclared)
