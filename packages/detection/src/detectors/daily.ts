/**
 * The quick mean lies beside what is usual at this hour of the day: outside of the means of this hour and its neighbours,
 * against all such distances (see tail.ts). Hours are those of signed time. Learned from the third day on, judged from the fourth.
 */
import { f32 } from "@assay/layout"
import { type Baseline, HOURS, type Sample } from "../baseline.ts"
import { detector } from "../detector.ts"
import { beyondEither, learnEither, type TwoTails } from "../tail.ts"

const DAY = 86_400
/** Days that the mean of an hour looks back on. */
const DAYS = 6

const tails: TwoTails = { above: 0, below: 0, excess: 0 }

const hourOf = (second: number): number => Math.floor((second * HOURS) / DAY)

/** How far the quick mean is outside, signed; 0 within, and while the hours are not known. */
const outside = ({ table, short }: Pick<Baseline, "table" | "short">, { age, second }: Sample): number => {
  if (age < 2 * DAY || table.length < HOURS) return 0
  const hour = hourOf(second)
  const before = table.at((hour + HOURS - 1) % HOURS)
  const now = table.at(hour)
  const after = table.at((hour + 1) % HOURS)
  // An hour that was never seen is NaN, and makes NaN of both.
  const high = Math.max(before, now, after)
  const low = Math.min(before, now, after)
  return short > high ? short - high : short < low ? short - low : 0
}

/** Samples since the hours are known. */
const judgedOf = ({ samples, age }: Sample): number => samples * (1 - (2 * DAY) / age)

/** Moves the mean of this hour: a mean over its samples, and over days. */
const learnHour = (of: Baseline, { offset, samples, age, second, range, known }: Sample): void => {
  const { table } = of
  while (table.length < HOURS) table.push(Number.NaN)
  const hour = hourOf(second)
  const mean = table.at(hour)
  const near = known < 0.5 ? offset : Math.min(of.high + range / 2, Math.max(of.low - range / 2, offset))
  const perHour = Math.max(1, (samples * (DAY / HOURS)) / Math.max(DAY / HOURS, age))
  const days = Math.min(DAYS, Math.max(1, age / DAY))
  table.set(hour, Number.isNaN(mean) ? near : mean + (near - mean) / (perHour * days))
}

export const daily = detector({
  name: "daily",
  reason: "anomaly.daily_pattern",
  family: "value",
  gain: 0.45,
  needs: "readings",
  judgesCourse: true,
  kinds: ["gauge", "coarse"],
  fields: {
    /** Distances above and below (see tail.ts): thresholds, and mean excess over them. */
    dailyAbove: f32(),
    dailyBelow: f32(),
    dailyExcess: f32(),
  },
  observe(of, sample) {
    const far = outside(of, sample)
    if (far === 0 || sample.age < 3 * DAY) return 0
    tails.above = of.dailyAbove
    tails.below = of.dailyBelow
    tails.excess = of.dailyExcess
    return sample.known * beyondEither(far, tails, judgedOf(sample))
  },
  learn(of, sample) {
    if (sample.age >= 2 * DAY) {
      tails.above = of.dailyAbove
      tails.below = of.dailyBelow
      tails.excess = of.dailyExcess
      learnEither(tails, outside(of, sample), judgedOf(sample))
      of.dailyAbove = tails.above
      of.dailyBelow = tails.below
      of.dailyExcess = tails.excess
    }
    learnHour(of, sample)
  },
})
