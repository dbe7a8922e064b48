/** A value outside the range of all values learned (minimum and maximum), by more than a margin in typical steps. */
import { f64 } from "@assay/layout"
import { detector } from "./detector.ts"

export const novelRange = detector({
  name: "novel-range",
  reason: "anomaly.novel_range",
  family: "value",
  gain: 0.45,
  needs: "readings",
  fields: {
    /** Smallest and largest value learned. */
    low: f64(),
    high: f64(),
  },
  alarmsOnNaN: true,
  start(of, { value }) {
    of.low = value
    of.high = value
  },
  observe(of, { value, unit }, config) {
    const margin = config.noveltySteps * unit
    return value > of.high + margin || value < of.low - margin
  },
  learn(of, { value }) {
    if (value < of.low) of.low = value
    if (value > of.high) of.high = value
  },
})
