/**
 * The detectors of one measurement. Everything is counted in typical steps (the mean size of the change from sample to
 * sample), so that no detector needs to know a unit or a range: a series that wanders with its day stays within some
 * thirty of its own steps, one that is driven away does not.
 *
 * A sample that alarms is not learned, and learned changes are clipped, so that a patient attacker moves the baseline
 * no further than `driftBudget` steps per message. Known hole: a drift slower than that budget is not seen here.
 */
import type { DetectionConfig } from "./config.ts"
import { type MeasurementDraft, RUN_MAX, SAMPLES_MAX } from "./device.ts"
import { DRIFT, LEVEL_SHIFT, NOVEL_RANGE, STUCK } from "./signals.ts"

const SHORT_WINDOW = 4
const SCALE_WINDOW = 32

const clip = (value: number, limit: number): number => (value > limit ? limit : value < -limit ? -limit : value)

const start = (of: MeasurementDraft, value: number): void => {
  of.samples = 1
  of.level = value
  of.short = value
  of.low = value
  of.high = value
  of.last = value
  of.anchor = value
}

/** Numbers too large to subtract safely would make NaN of the whole baseline. */
const bounded = (value: number): number => clip(value, 1e300)

/**
 * Looks at one sample, in place.
 * @param learn whether the baseline may move; the short memory (last value, run, quick mean) moves in any case
 * @returns the signal set of this sample
 */
export const observe = (of: MeasurementDraft, raw: number, learn: boolean, config: DetectionConfig): number => {
  if (Number.isNaN(raw)) return NOVEL_RANGE
  const value = bounded(raw)
  const { samples } = of
  if (samples === 0) {
    if (learn) start(of, value)
    return 0
  }
  const step = value - of.last
  const run = trackRun(of, step, learn, config)
  of.last = value
  // The quick mean sees values clipped around the level: one wild sample is novelty and not a shift, and a wild phase
  // is forgotten soon after it ends.
  const { scale, level } = of
  const near = scale > 0 ? level + clip(value - level, 2 * config.driftSteps * scale) : value
  of.short += (near - of.short) / SHORT_WINDOW
  if (samples >= config.anchorSamples && scale > 0) accumulate(of, config)
  const judged = samples >= config.learnMessages
  const signals = judged ? judge(of, value, run, config) : 0
  // Beyond two repeats a run teaches nothing: the step would shrink to nothing, and then everything be far away.
  if (learn && signals === 0 && run <= 2) adapt(of, value, step, config)
  return signals
}

/** How many equal values in a row are allowed. */
const runLimit = (longest: number, config: DetectionConfig): number =>
  Math.min(RUN_MAX, Math.max(config.stuckRun, 2 * longest + 4))

/** Counts equal values in a row. A run is learned when it ends within the limit, so that no run can excuse itself. */
const trackRun = (of: MeasurementDraft, step: number, learn: boolean, config: DetectionConfig): number => {
  const { run, longestRun } = of
  if (step !== 0 && learn && run > longestRun && run < runLimit(longestRun, config)) of.longestRun = run
  of.run = step === 0 ? Math.min(RUN_MAX, run + 1) : 0
  return of.run
}

const judge = (of: MeasurementDraft, value: number, run: number, config: DetectionConfig): number => {
  const { scale } = of
  // A value that never changed has no step to measure with: any change is news for the range alone.
  const unit = scale > 0 ? scale : Math.abs(of.level) * 1e-3 + 1e-9
  let signals = 0
  if (value > of.high + config.noveltySteps * unit || value < of.low - config.noveltySteps * unit)
    signals |= NOVEL_RANGE
  const { short } = of
  if (Math.abs(short - of.level) > config.shiftSteps * unit) signals |= LEVEL_SHIFT
  if (Math.abs(short - of.anchor) > config.driftSteps * unit) signals |= DRIFT
  if (Math.abs(of.cusum) > config.cusumLimit) signals |= DRIFT
  if (scale > 0) {
    if (run >= runLimit(of.longestRun, config)) signals |= STUCK
  }
  return signals
}

const adapt = (of: MeasurementDraft, value: number, step: number, config: DetectionConfig): void => {
  const { samples } = of
  of.samples = Math.min(SAMPLES_MAX, samples + 1)
  const { scale } = of
  const size = Math.abs(step)
  // While young the mean counts all samples alike; later a step counts for at most two typical ones.
  const young = samples < config.learnMessages || scale === 0
  const weight = young ? samples : Math.min(samples, SCALE_WINDOW)
  of.scale = scale + ((young ? size : Math.min(size, 2 * scale)) - scale) / weight
  const { level } = of
  const window = Math.min(samples + 1, config.anchorSamples)
  of.level = level + (value - level) / window
  if (value < of.low) of.low = value
  if (value > of.high) of.high = value
  anchor(of, samples, config)
}

/** The anchor is the slow mean until it freezes; then it follows it within the drift budget. */
const anchor = (of: MeasurementDraft, samples: number, config: DetectionConfig): void => {
  const { level } = of
  const away = level - of.anchor
  const budget = samples < config.anchorSamples ? Number.MAX_VALUE : config.driftBudget * of.scale
  of.anchor += clip(away, budget)
}

/**
 * CUSUM of the quick mean against the anchor, in steps. One accumulator for both directions: it moves by the distance
 * and always back towards zero by the slack. It runs while nothing is learned too, and is capped, or it could not calm.
 */
const accumulate = (of: MeasurementDraft, config: DetectionConfig): void => {
  const away = (of.short - of.anchor) / of.scale
  const sum = of.cusum + away
  const rest = sum > 0 ? Math.max(0, sum - config.cusumSlack) : Math.min(0, sum + config.cusumSlack)
  of.cusum = clip(rest, config.cusumLimit * 1.25)
}
