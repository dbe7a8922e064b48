/**
 * What all rules of readings share: what is remembered of one measurement, and the sample at hand. Values are kept as
 * offsets from the first one, so that 24 binary digits are enough. The unit of thresholds is the range that was learned, not
 * the step from sample to sample: a value that is sampled ten times as often moves in steps a tenth as large, and means the same.
 *
 * Learning is bounded and goes on while something alarms: the range widens by at most `rangeGrowth / samples` of itself
 * with each sample, means see values clipped around it. So a lasting change is reported until it has lasted about twice as long
 * as what was known before, and a patient attacker needs as long as that. What moves slower is for `detectors/drift.ts`.
 */
import { f32, f64, list, oneOf, u8, u16, u32 } from "@assay/layout"
import type { DetectionConfig } from "./config.ts"
import { KINDS } from "./kind-names.ts"

/** Most samples that are counted. */
export const SAMPLES_MAX = 65_535
/** Most equal values in a row that are counted, and most of each count of `kinds/learn.ts`. */
export const RUN_MAX = 255
/** Parts of a day that are reported apart. */
export const HOURS = 24

const HOUR = 3600
const DAY = 86_400
/** Samples that the quick and the middle mean, the movement, and the slow mean look back on. */
const SHORT_WINDOW = 4
const MIDDLE_WINDOW = 30
const JITTER_WINDOW = 10
const LEVEL_WINDOW = 1000
/** So many samples show a good part of the range: half of what is seen counts when there are as many. */
const YOUNG = 48
/** The least range of a series that is not known yet, in mean steps: hourly weather wanders as far in a day. */
const WANDER = 16

/** Fields of every measurement. Times in seconds as the device signed them. What the kinds use them for is said there. */
export const BASELINE = {
  /** FNV-1a of the measurement's name. */
  name: u32(),
  kind: oneOf(KINDS),
  /** What is declared of it, and what of that was contradicted (see declared.ts). */
  declaration: u16(),
  contradicted: u8(),
  /** Samples learned, at most SAMPLES_MAX. */
  samples: u16(),
  /** Time of the first and of the latest sample. */
  born: u32(),
  at: u32(),
  /** The first value, rounded: all values but `last` are offsets from it. */
  origin: f32(),
  last: f64(),
  /** Repeats of the last value: 0 where it differs from the one before; at most RUN_MAX. */
  run: u8(),
  /** Of late: samples that moved, moves downwards, and repeats (see kinds/learn.ts). */
  moves: u8(),
  backs: u8(),
  repeats: u8(),
  /** Slow, quick and middle mean. */
  level: f32(),
  short: f32(),
  middle: f32(),
  /** Mean size of the latest steps, and of all of them. */
  jitter: f32(),
  noise: f32(),
  /** Lowest and highest quick mean learned. */
  low: f32(),
  high: f32(),
  /** Samples of late that lay clearly outside. */
  away: u16(),
  /** By kind: the mean of each hour of the day (gauge), the values seen and what followed them (state). */
  table: list(f32(), HOURS),
} as const

/** The fields as rules read and write them. */
export interface Baseline {
  name: number
  kind: (typeof KINDS)[number]
  declaration: number
  contradicted: number
  samples: number
  born: number
  at: number
  origin: number
  last: number
  run: number
  moves: number
  backs: number
  repeats: number
  level: number
  short: number
  middle: number
  jitter: number
  noise: number
  low: number
  high: number
  away: number
  readonly table: Table
}

/** A list of numbers as a record has it. */
export interface Table {
  readonly length: number
  at(index: number): number
  set(index: number, value: number): void
  push(value: number): number
  clear(): void
}

/** One sample, as a rule is shown it. The same object is used for every sample: keep nothing of it. */
export interface Sample {
  /** Within -1e300 to 1e300. */
  value: number
  /** The value as an offset from the first. */
  offset: number
  /** Change since the sample before, and seconds since then, never negative. */
  step: number
  seconds: number
  /** Seconds since the first sample, and the second of the day. */
  age: number
  second: number
  /** Samples learned before this one, and how much of the range they show: 0..1. */
  samples: number
  known: number
  /** The range learned before this sample, the unit of thresholds; 0 where the value never changed. */
  range: number
  /** The run that this sample ended; 0 where it ended none. */
  ended: number
  /** Whether the baseline may move, and whether it may do so without a bound (see `isFirstDay`, relearning). */
  learn: boolean
  free: boolean
}

export const newSample = (): Sample => ({
  ...{ value: 0, offset: 0, step: 0, seconds: 0, age: 0, second: 0, samples: 0, known: 0, range: 0, ended: 0 },
  ...{ learn: false, free: false },
})

export const clip = (value: number, limit: number): number => (value > limit ? limit : value < -limit ? -limit : value)

/** Numbers too large to subtract safely would make NaN of the whole baseline. */
export const bounded = (value: number): number => clip(value, 1e300)

/** What an f32 holds, with room for sums. */
const offsetOf = (value: number, origin: number): number => clip(value - origin, 1e36)

/** Seconds since 1970 as a u32 holds them. */
export const secondsOf = (iat: number): number => Math.min(0xffff_ffff, Math.max(0, Math.floor(iat)))

/**
 * Whether the course of a day is not known yet, though it may matter: within two hours it moves a value little, after 26 it
 * was seen once. What alarms meanwhile is reported, raises no suspicion, and is learned at once: sunrise looks like an attack.
 */
export const isFirstDay = (age: number): boolean => age > 2 * HOUR && age < DAY + 2 * HOUR

/** The first sample, in place. */
export const start = (of: Baseline, value: number, time: number): void => {
  of.samples = 1
  of.born = time
  of.at = time
  // Rounded and bounded as an f32 holds it; any number near the first value does.
  of.origin = clip(value, 1e36)
  of.last = value
  const offset = offsetOf(value, of.origin)
  of.level = offset
  of.short = offset
  of.middle = offset
  of.low = offset
  of.high = offset
}

/**
 * The least range, in mean steps. While little of the range was seen, a series may still wander as far as smooth ones do; a
 * coarse scale has no values between its steps.
 */
const stepsOf = (kind: Baseline["kind"], known: number): number => (kind === "coarse" ? 3 : 2) + (1 - known) * WANDER

/** Fills in the sample and moves what every kind needs: the last value and its run. In place, with every sample. */
export const advance = (of: Baseline, value: number, time: number, sample: Sample): void => {
  const step = value - of.last
  const { samples, run } = of
  sample.value = value
  sample.offset = offsetOf(value, of.origin)
  sample.step = step
  sample.seconds = Math.max(0, time - of.at)
  sample.age = Math.max(0, time - of.born)
  sample.second = time % DAY
  sample.samples = samples
  sample.known = samples / (samples + YOUNG)
  sample.range = Math.max(of.high - of.low, stepsOf(of.kind, sample.known) * of.noise)
  sample.ended = step === 0 ? 0 : run
  of.run = step === 0 ? Math.min(RUN_MAX, run + 1) : 0
  of.last = value
  of.at = Math.max(of.at, time)
}

/** Moves the quick memory of a gauge, in place. Once the range is known, one wild value moves it by no more than that. */
export const advanceMeans = (of: Baseline, { offset, step, samples, range, known }: Sample): void => {
  const isYoung = known < 0.5
  const near = isYoung ? offset : Math.min(of.high + 2 * range, Math.max(of.low - 2 * range, offset))
  of.short += (near - of.short) / Math.min(samples + 1, SHORT_WINDOW)
  of.middle += (near - of.middle) / Math.min(samples + 1, MIDDLE_WINDOW)
  const size = Math.min(1e36, Math.abs(step))
  of.jitter += ((isYoung ? size : Math.min(size, range)) - of.jitter) / Math.min(samples + 1, JITTER_WINDOW)
}

/** Moves the slow memory of a gauge towards a sample, in place and within bounds. */
export const adapt = (of: Baseline, sample: Sample, config: DetectionConfig): void => {
  const { offset, step, samples, range, known, free } = sample
  of.samples = Math.min(SAMPLES_MAX, samples + 1)
  const near = known < 0.5 ? offset : Math.min(of.high + range / 2, Math.max(of.low - range / 2, offset))
  of.level += (near - of.level) / Math.min(samples + 1, LEVEL_WINDOW)
  const size = Math.min(1e36, Math.abs(step))
  const isMuch = samples >= config.learnMessages && of.noise > 0 && size > 4 * of.noise
  // On a coarse scale most steps are none: what counts there is how large one is.
  if (step !== 0 || of.kind !== "coarse")
    of.noise += ((isMuch ? 4 * of.noise : size) - of.noise) / Math.min(samples, LEVEL_WINDOW)
  const isLasting = isLastingly(of, sample)
  const bound =
    free || isLasting || samples < config.learnMessages ? Number.MAX_VALUE : (config.rangeGrowth / samples) * range
  if (of.short > of.high) of.high += Math.min(of.short - of.high, bound)
  else if (of.short < of.low) of.low -= Math.min(of.low - of.short, bound)
}

/** The least part of the range by which an excursion lies outside of it. */
const AWAY = 0.1
/** Samples out there that make an excursion how things are, and the least part of all samples; so many within undo one. */
const LASTING = 512
const SHARE = 8
const WITHIN = 16

/**
 * Counts excursions out of the range, in place: a machine that begins to work, a second mode, a sensor in a new place. What is out
 * there often enough or long enough is how things are; a fault is rarer, and stays news.
 * @returns whether it is
 */
const isLastingly = (of: Baseline, { range, samples }: Sample): boolean => {
  const { short, low, high, away } = of
  if (short > high + AWAY * range || short < low - AWAY * range) {
    of.away = Math.min(SAMPLES_MAX, away + 1)
    return away >= LASTING && away * SHARE >= samples
  }
  if (away > 0 && samples % WITHIN === 0) of.away = away - 1
  return false
}
