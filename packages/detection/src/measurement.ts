/**
 * The detectors of one measurement. Everything is counted in typical steps (the mean size of the change from sample to
 * sample), so that no detector needs to know a unit or a range: a series that wanders with its day stays within some
 * thirty of its own steps, one that is driven away does not.
 *
 * A sample that alarms is not learned, and learned changes are clipped, so that a patient attacker moves the baseline
 * no further than `driftBudget` steps per message. Known hole: a drift slower than that budget is not seen here.
 */
import { ANCHOR, CUSUM, type Draft, HIGH, LAST, LEVEL, LOW, RUNS, SAMPLES, SAMPLES_MAX, SCALE, SHORT } from "./cells.ts"
import type { DetectionConfig } from "./config.ts"
import { DRIFT, LEVEL_SHIFT, NOVEL_RANGE, STUCK } from "./signals.ts"

const RUN_BASE = 1024
const RUN_MAX = RUN_BASE - 1
const SHORT_WINDOW = 4
const SCALE_WINDOW = 32

const clip = (value: number, limit: number): number => (value > limit ? limit : value < -limit ? -limit : value)

const start = (cells: Draft, at: number, value: number): void => {
  cells[at + SAMPLES] = 1
  for (const cell of [LEVEL, SHORT, LOW, HIGH, LAST, ANCHOR]) cells[at + cell] = value
}

/** Numbers too large to subtract safely would make NaN of the whole slot. */
const bounded = (value: number): number => clip(value, 1e300)

/**
 * Looks at one sample, in place.
 * @param at where the slot begins
 * @param learn whether the baseline may move; the short memory (last value, run, quick mean) moves in any case
 * @returns the signal set of this sample
 */
export const observe = (cells: Draft, at: number, raw: number, learn: boolean, config: DetectionConfig): number => {
  if (Number.isNaN(raw)) return NOVEL_RANGE
  const value = bounded(raw)
  const samples = cells[at + SAMPLES]!
  if (samples === 0) {
    if (learn) start(cells, at, value)
    return 0
  }
  const step = value - cells[at + LAST]!
  const run = trackRun(cells, at, step, learn, config)
  cells[at + LAST] = value
  // The quick mean sees values clipped around the level: one wild sample is novelty and not a shift, and a wild phase
  // is forgotten soon after it ends.
  const scale = cells[at + SCALE]!
  const level = cells[at + LEVEL]!
  const near = scale > 0 ? level + clip(value - level, 2 * config.driftSteps * scale) : value
  cells[at + SHORT] = cells[at + SHORT]! + (near - cells[at + SHORT]!) / SHORT_WINDOW
  if (samples >= config.anchorSamples && scale > 0) accumulate(cells, at, config)
  const judged = samples >= config.learnMessages
  const signals = judged ? judge(cells, at, value, run, config) : 0
  // Beyond two repeats a run teaches nothing: the step would shrink to nothing, and then everything be far away.
  if (learn && signals === 0 && run <= 2) adapt(cells, at, value, step, config)
  return signals
}

/** How many equal values in a row are allowed. */
const runLimit = (longest: number, config: DetectionConfig): number =>
  Math.min(RUN_MAX, Math.max(config.stuckRun, 2 * longest + 4))

/** Counts equal values in a row. A run is learned when it ends within the limit, so that no run can excuse itself. */
const trackRun = (cells: Draft, at: number, step: number, learn: boolean, config: DetectionConfig): number => {
  const runs = cells[at + RUNS]!
  let longest = Math.floor(runs / RUN_BASE)
  const before = runs % RUN_BASE
  if (step !== 0 && learn && before > longest && before < runLimit(longest, config)) longest = before
  const run = step === 0 ? Math.min(RUN_MAX, before + 1) : 0
  cells[at + RUNS] = longest * RUN_BASE + run
  return run
}

const judge = (cells: Draft, at: number, value: number, run: number, config: DetectionConfig): number => {
  const scale = cells[at + SCALE]!
  // A value that never changed has no step to measure with: any change is news for the range alone.
  const unit = scale > 0 ? scale : Math.abs(cells[at + LEVEL]!) * 1e-3 + 1e-9
  let signals = 0
  if (value > cells[at + HIGH]! + config.noveltySteps * unit || value < cells[at + LOW]! - config.noveltySteps * unit)
    signals |= NOVEL_RANGE
  const short = cells[at + SHORT]!
  if (Math.abs(short - cells[at + LEVEL]!) > config.shiftSteps * unit) signals |= LEVEL_SHIFT
  if (Math.abs(short - cells[at + ANCHOR]!) > config.driftSteps * unit) signals |= DRIFT
  if (Math.abs(cells[at + CUSUM]!) > config.cusumLimit) signals |= DRIFT
  if (scale > 0) {
    if (run >= runLimit(Math.floor(cells[at + RUNS]! / RUN_BASE), config)) signals |= STUCK
  }
  return signals
}

const adapt = (cells: Draft, at: number, value: number, step: number, config: DetectionConfig): void => {
  const samples = cells[at + SAMPLES]!
  cells[at + SAMPLES] = Math.min(SAMPLES_MAX, samples + 1)
  const scale = cells[at + SCALE]!
  const size = Math.abs(step)
  // While young the mean counts all samples alike; later a step counts for at most two typical ones.
  const young = samples < config.learnMessages || scale === 0
  const weight = young ? samples : Math.min(samples, SCALE_WINDOW)
  cells[at + SCALE] = scale + ((young ? size : Math.min(size, 2 * scale)) - scale) / weight
  const level = cells[at + LEVEL]!
  const window = Math.min(samples + 1, config.anchorSamples)
  cells[at + LEVEL] = level + (value - level) / window
  if (value < cells[at + LOW]!) cells[at + LOW] = value
  if (value > cells[at + HIGH]!) cells[at + HIGH] = value
  anchor(cells, at, samples, config)
}

/** The anchor is the slow mean until it freezes; then it follows it within the drift budget. */
const anchor = (cells: Draft, at: number, samples: number, config: DetectionConfig): void => {
  const level = cells[at + LEVEL]!
  const away = level - cells[at + ANCHOR]!
  const budget = samples < config.anchorSamples ? Number.MAX_VALUE : config.driftBudget * cells[at + SCALE]!
  cells[at + ANCHOR] = cells[at + ANCHOR]! + clip(away, budget)
}

/**
 * CUSUM of the quick mean against the anchor, in steps. One accumulator for both directions: it moves by the distance
 * and always back towards zero by the slack. It runs while nothing is learned too, and is capped, or it could not calm.
 */
const accumulate = (cells: Draft, at: number, config: DetectionConfig): void => {
  const away = (cells[at + SHORT]! - cells[at + ANCHOR]!) / cells[at + SCALE]!
  const sum = cells[at + CUSUM]! + away
  const rest = sum > 0 ? Math.max(0, sum - config.cusumSlack) : Math.min(0, sum + config.cusumSlack)
  cells[at + CUSUM] = clip(rest, config.cusumLimit * 1.25)
}
