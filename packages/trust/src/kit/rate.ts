/** The token bucket of one device, in whole numbers, so that every machine computes the same. Pure. */

/** Units that one message costs: with milliseconds times messages per minute, nothing is ever divided. */
const COST = 60_000

/** A full bucket holds one minute's messages. */
export const fullLevel = (ratePerMinute: number): number => ratePerMinute * COST

/** The units that so many messages cost. */
export const costOf = (messages: number): number => messages * COST

export interface Draw {
  readonly granted: boolean
  /** What is left. */
  readonly level: number
}

/**
 * Takes one message out of a bucket that held `level` at `at`. A refused message takes nothing.
 * @param at, time milliseconds since 1970, not running backwards
 */
export const draw = (level: number, at: number, time: number, ratePerMinute: number): Draw =>
  drawAfter(level, time - at, ratePerMinute)

/** As `draw`, out of a bucket that was filled `elapsed` milliseconds ago. */
export const drawAfter = (level: number, passed: number, ratePerMinute: number): Draw => {
  // A minute fills any bucket; beyond it the product could leave the safe integers.
  const elapsed = Math.min(Math.max(passed, 0), 60_000)
  const filled = Math.min(level + elapsed * ratePerMinute, fullLevel(ratePerMinute))
  return filled >= COST ? { granted: true, level: filled - COST } : { granted: false, level: filled }
}
