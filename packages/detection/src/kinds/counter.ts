/**
 * A number that only rises: a meter, a run time. Judged by its increments per second of signed time, so that a gap is no
 * leap. Rest is fine. In a counter `high` is the greatest rate learned, `middle` the mean seconds between two samples, `low`
 * where it fell back to, and `short` is 1 once it did.
 */
import type { Baseline, Sample } from "../baseline.ts"
import { detector } from "../detector.ts"

const perSecond = ({ middle }: Pick<Baseline, "middle">, { step, seconds }: Sample): number =>
  step / Math.max(1, seconds, middle / 2)

/** A counter that starts over each day falls back to the same place; a roll-over, an exchange or a fraud does not. */
const isKnownFall = ({ short, low, high, middle }: Baseline, { offset, seconds }: Sample): boolean =>
  short === 1 && Math.abs(offset - low) <= 2 * high * Math.max(1, seconds, middle)

export const counterBack = detector({
  name: "counter-back",
  reason: "anomaly.counter_back",
  family: "value",
  gain: 0.3,
  needs: "readings",
  kinds: ["counter"],
  fields: {},
  isCertain: true,
  observe: (of, sample) => (sample.step < 0 && !isKnownFall(of, sample) ? Number.POSITIVE_INFINITY : 0),
  learn(of, { step, offset }) {
    if (step >= 0) return
    of.low = offset
    of.short = 1
  },
})

export const counterRate = detector({
  name: "counter-rate",
  reason: "anomaly.counter_rate",
  family: "value",
  gain: 0.45,
  needs: "readings",
  kinds: ["counter"],
  fields: {},
  observe: (of, sample, config) =>
    perSecond(of, sample) > config.counterFactor * of.high && of.high > 0 ? Number.POSITIVE_INFINITY : 0,
  learn(of, sample, config) {
    const { samples, seconds } = sample
    const rate = perSecond(of, sample)
    of.middle += (Math.min(seconds, 1e9) - of.middle) / Math.min(samples, 32)
    // Later a rate counts for at most one and a half of the greatest.
    if (rate > of.high) of.high = samples < config.learnMessages ? rate : Math.min(rate, 1.5 * of.high)
  },
})
