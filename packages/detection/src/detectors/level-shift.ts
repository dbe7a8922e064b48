/** The middle mean has left the slow one: two EWMAs (Roberts 1959) compared, against all their distances (see tail.ts). */
import { f32 } from "@assay/layout"
import { detector } from "../detector.ts"
import { beyondEither, learnEither, type TwoTails } from "../tail.ts"

/** Before so many samples both means look back on the same. */
const FIRST = 64

const tails: TwoTails = { above: 0, below: 0, excess: 0 }

export const levelShift = detector({
  name: "level-shift",
  reason: "anomaly.level_shift",
  family: "value",
  gain: 0.2,
  needs: "readings",
  judgesCourse: true,
  kinds: ["gauge", "coarse"],
  fields: {
    /** Distances upwards and downwards (see tail.ts): thresholds, and mean excess over them. */
    shiftAbove: f32(),
    shiftBelow: f32(),
    shiftExcess: f32(),
  },
  observe(of, { known, samples }) {
    const seen = samples - FIRST
    if (seen < 16) return 0
    tails.above = of.shiftAbove
    tails.below = of.shiftBelow
    tails.excess = of.shiftExcess
    return known * beyondEither(of.middle - of.level, tails, seen)
  },
  learn(of, { samples }) {
    const seen = samples - FIRST
    if (seen < 0) return
    tails.above = of.shiftAbove
    tails.below = of.shiftBelow
    tails.excess = of.shiftExcess
    learnEither(tails, of.middle - of.level, seen)
    of.shiftAbove = tails.above
    of.shiftBelow = tails.below
    of.shiftExcess = tails.excess
  },
})
