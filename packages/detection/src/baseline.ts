/**
 * What all detectors of readings share: the baseline of one measurement. Everything is counted in typical steps (the
 * mean size of the change from sample to sample), so that no detector needs to know a unit or a range: a series that
 * wanders with its day stays within some thirty of its own steps, one that is driven away does not.
 *
 * A sample that alarms is not learned, and learned changes are clipped, so that a patient attacker moves the baseline
 * no further than `driftBudget` steps per message. Known hole: a drift slower than that budget is not seen.
 *
 * Both means are exponentially weighted (EWMA; Roberts 1959, Technometrics 1(3)), with the window as 1 / weight.
 */
import { f64, u16, u32 } from "@assay/layout"
import type { DetectionConfig } from "./config.ts"
import type { Memory } from "./detectors/detector.ts"

/** Most samples, and equal values in a row, that are counted. */
export const SAMPLES_MAX = 65_535
export const RUN_MAX = 1023

/** Samples that the quick mean and the scale look back on. */
const SHORT_WINDOW = 4
const SCALE_WINDOW = 32

/** Fields of every measurement; its values have the unit of the measurement. */
export const BASELINE = {
  /** FNV-1a of the measurement's name. */
  name: u32(),
  /** Samples learned, at most SAMPLES_MAX. */
  samples: u16(),
  /** Slow and quick mean. */
  level: f64(),
  short: f64(),
  /** Typical size of a step between two samples: the unit of all thresholds. */
  scale: f64(),
  last: f64(),
  /** Repeats of the last value: 0 where it differs from the one before; at most RUN_MAX. */
  run: u16(),
} as const

type Baseline = Memory<typeof BASELINE>

/** One sample, as a detector is shown it. The same object is used for every sample: keep nothing of it. */
export interface Sample {
  /** Within -1e300 to 1e300. */
  value: number
  /** Change since the sample before. */
  step: number
  /** What thresholds are counted in: the scale before this sample, or a thousandth of the level where it is 0. */
  unit: number
  /** Samples learned before this one. */
  samples: number
  /** The run that this sample ended; 0 where it ended none. */
  ended: number
  /** Whether the baseline may move. */
  learn: boolean
}

export const clip = (value: number, limit: number): number => (value > limit ? limit : value < -limit ? -limit : value)

/** Numbers too large to subtract safely would make NaN of the whole baseline. */
export const bounded = (value: number): number => clip(value, 1e300)

/** The first sample, in place. */
export const start = (of: Baseline, value: number): void => {
  of.samples = 1
  of.level = value
  of.short = value
  of.last = value
}

/** Moves the short memory (last value, run, quick mean), in place, and fills in the sample. It moves with every sample. */
export const advance = (of: Baseline, value: number, sample: Sample, config: DetectionConfig): void => {
  const step = value - of.last
  const { samples, run, scale, level } = of
  of.run = step === 0 ? Math.min(RUN_MAX, run + 1) : 0
  of.last = value
  // The quick mean sees values clipped around the level: one wild sample is novelty and not a shift, and a wild phase
  // is forgotten soon after it ends.
  const near = scale > 0 ? level + clip(value - level, 2 * config.driftSteps * scale) : value
  of.short += (near - of.short) / SHORT_WINDOW
  sample.value = value
  sample.step = step
  // A value that never changed has no step to measure with: any change is news for the range alone.
  sample.unit = scale > 0 ? scale : Math.abs(level) * 1e-3 + 1e-9
  sample.samples = samples
  sample.ended = step === 0 ? 0 : run
}

/** Beyond two repeats a run teaches nothing: the step would shrink to nothing, and then everything be far away. */
export const teaches = ({ run }: Baseline): boolean => run <= 2

/** Moves scale and slow mean towards a sample that alarmed nothing, in place. */
export const adapt = (of: Baseline, { value, step, samples }: Sample, config: DetectionConfig): void => {
  const { scale, level } = of
  of.samples = Math.min(SAMPLES_MAX, samples + 1)
  const size = Math.abs(step)
  // While young the mean counts all samples alike; later a step counts for at most two typical ones.
  const young = samples < config.learnMessages || scale === 0
  const weight = young ? samples : Math.min(samples, SCALE_WINDOW)
  of.scale = scale + ((young ? size : Math.min(size, 2 * scale)) - scale) / weight
  const window = Math.min(samples + 1, config.anchorSamples)
  of.level = level + (value - level) / window
}
