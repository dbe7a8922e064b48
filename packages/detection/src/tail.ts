/**
 * How far beyond the usual a number is, whatever its distribution: peaks over a threshold (Siffer et al., KDD 2017) with an
 * exponential tail. The threshold is the value that 2 % exceed, moved by stochastic approximation; the unit is the mean excess
 * over it, so that the answer is a number of e-folds: 18 means about once in 3 thousand million samples.
 */

/** The part of the samples that exceeds the threshold. */
const TAIL = 0.02
/** Exceedances that the mean excess looks back on, and how much one of them counts at most, in mean excesses. */
const EXCESSES = 64
const EXCESS_MAX = 6
/** The unit is never less than this part of the threshold: bounded noise has next to no excess. So many samples double it. */
const LEAST = 0.2
const DOUBLED = 160

/** Threshold and mean excess; both 0 before the first number. */
export interface Tail {
  threshold: number
  excess: number
}

const unitOf = (threshold: number, excess: number, samples: number): number =>
  Math.max(excess, LEAST * (1 + DOUBLED / samples) * threshold)

/**
 * @param value 0 or more
 * @param samples learned before
 * @returns e-folds beyond the threshold, 0 or more
 */
export const beyond = (value: number, threshold: number, excess: number, samples: number): number => {
  if (value <= threshold) return 0
  const unit = unitOf(threshold, excess, samples)
  // Nothing was ever there: that it is there now is news, but says nothing of how much.
  return unit > 0 ? (value - threshold) / unit : FIRST
}
const FIRST = 5

/** Two tails, above and below, with one unit: what is symmetric costs no second one. */
export interface TwoTails {
  above: number
  below: number
  excess: number
}

/** @param value signed. @returns e-folds beyond the threshold of its side */
export const beyondEither = (value: number, { above, below, excess }: TwoTails, samples: number): number =>
  value > 0 ? beyond(value, above, excess, samples) : beyond(-value, below, excess, samples)

/** Moves both tails towards a signed number, in place. */
export const learnEither = (tails: TwoTails, value: number, samples: number): void => {
  one.excess = tails.excess
  one.threshold = tails.above
  learnTail(one, Math.max(0, value), samples)
  tails.above = one.threshold
  one.threshold = tails.below
  learnTail(one, Math.max(0, -value), samples)
  tails.below = one.threshold
  tails.excess = one.excess
}
const one: Tail = { threshold: 0, excess: 0 }

/** Moves a tail towards a number, in place. @param samples learned before */
export const learnTail = (tail: Tail, value: number, samples: number): void => {
  const { threshold, excess } = tail
  if (samples < 16) {
    tail.threshold = Math.max(threshold, value)
    tail.excess = Math.max(excess, tail.threshold / 4)
    return
  }
  const unit = unitOf(threshold, excess, samples)
  // The steps of stochastic approximation become smaller, down to a least one, so that the threshold can follow for ever.
  const rate = (samples > 100 ? 0.02 : 0.5 / samples ** 0.7) * unit
  if (value > threshold) {
    const beyond = unit > 0 ? Math.min(value - threshold, EXCESS_MAX * unit) : value - threshold
    tail.excess = excess + (beyond - excess) / Math.min(2 + samples * TAIL, EXCESSES)
    tail.threshold = threshold + (unit > 0 ? rate * (1 - TAIL) : value / 2)
  } else tail.threshold = Math.max(0, threshold - rate * TAIL)
}
