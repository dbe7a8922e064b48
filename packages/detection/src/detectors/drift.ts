/**
 * The quick mean has left a frozen anchor: by distance, or by its cumulative sum (CUSUM; Page 1954, Biometrika 41).
 * The anchor is the slow mean until it freezes; then it follows it within the drift budget.
 */
import { f64 } from "@assay/layout"
import { clip } from "../baseline.ts"
import { detector } from "./detector.ts"

export const drift = detector({
  name: "drift",
  reason: "anomaly.drift",
  family: "value",
  gain: 0.45,
  needs: "readings",
  fields: {
    /** Frozen mean that drift is measured against, in the unit of the measurement. */
    anchor: f64(),
    /** Cumulative sum of the excess, in typical steps. */
    cusum: f64(),
  },
  start(of, { value }) {
    of.anchor = value
  },
  observe(of, { unit, samples }, config) {
    const { short, anchor, scale } = of
    // One sum for both directions: it moves by the distance, and always back towards zero by the slack. It runs while
    // nothing is learned too, and is capped a quarter above its limit, or it could not calm.
    if (samples >= config.anchorSamples && scale > 0) {
      const sum = of.cusum + (short - anchor) / scale
      const rest = sum > 0 ? Math.max(0, sum - config.cusumSlack) : Math.min(0, sum + config.cusumSlack)
      of.cusum = clip(rest, config.cusumLimit * 1.25)
    }
    return Math.abs(short - anchor) > config.driftSteps * unit || Math.abs(of.cusum) > config.cusumLimit
  },
  learn(of, { samples }, config) {
    const budget = samples < config.anchorSamples ? Number.MAX_VALUE : config.driftBudget * of.scale
    of.anchor += clip(of.level - of.anchor, budget)
  },
})
