/** The quick mean, or one value far more, lies outside the range of all that was learned. In parts of that range. */
import { f32 } from "@assay/layout"
import { detector } from "../detector.ts"

/** How much farther one value alone must be. */
const ALONE = 4
/** What is remembered of wild values fades by half in some 1,400 samples. */
const FADES = 0.9995

/** How far a value lies outside; negative within. */
const outside = (offset: number, low: number, high: number): number => (offset > high ? offset - high : low - offset)

export const novelRange = detector({
  name: "novel-range",
  reason: "anomaly.novel_range",
  family: "value",
  gain: 0.45,
  needs: "readings",
  kinds: ["gauge", "coarse"],
  fields: {
    /** How far single values lie outside of the range of means, of late. */
    wild: f32(),
  },
  alarmsOnNaN: true,
  observe({ short, low, high, wild }, { offset, range, known }, config) {
    const mean = short > high ? short - high : low - short
    const far = Math.max(mean, (outside(offset, low, high) - wild) / ALONE)
    return far <= 0 ? 0 : (known * far) / (config.rangeUnit * range)
  },
  learn(of, { offset, range }) {
    const { wild } = of
    const one = outside(offset, of.low, of.high)
    // One more than twice as far as any before counts as twice: spikes become known, a fault among them does not at once.
    of.wild = one > wild ? Math.min(one, 2 * wild + range) : wild * FADES
  },
})
