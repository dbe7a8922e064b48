/**
 * Where a node stops keeping up.
 *
 * A rate is SUSTAINED when, while it lasted, every message was decided in time: p99 within the limit, all of them decided soon
 * after the last was due, and no backlog that grew. The KNEE is the highest sustained rate below the first that is not; it is
 * narrowed by halving the gap between the two.
 */
import type { Spent } from "./cpu.ts"
import type { Percentiles } from "./latency.ts"
import type { Waits } from "./waits.ts"

export interface RateResult extends Percentiles {
  /** Messages per second: due, and decided while the load lasted. */
  readonly offered: number
  readonly decided: number
  /** Undecided at the middle and at the end of the measured time. */
  readonly backlogMiddle: number
  readonly backlogEnd: number
  /** Milliseconds, as the percentiles; reports of before have none. */
  readonly mean?: number
  /** The longest latency of messages due in each second, milliseconds. */
  readonly worst?: ReadonlyArray<number>
  /** Milliseconds from the sending to the answer of the log, at shares 0, 0.01, ... 1 of the messages. */
  readonly append?: ReadonlyArray<number>
  /** The same from being due to being sent. */
  readonly late?: ReadonlyArray<number>
  /** How long batches took, by service, where the target says it. */
  readonly waits?: Readonly<Record<string, Waits>>
  /** Whether all were decided before patience was over. */
  readonly finished: boolean
  /** How many cores the processes kept busy meanwhile, by name. */
  readonly cores: Spent
}

export interface Limits {
  /** Milliseconds. */
  readonly p99: number
  /** How much of the measured half step the backlog may grow by: above, it grows without end. */
  readonly growth: number
}

export const LIMITS: Limits = { p99: 1_000, growth: 0.05 }

/** @param seconds how long the rate was measured, warm-up left out */
export const isSustained = (result: RateResult, seconds: number, limits: Limits = LIMITS): boolean =>
  result.finished &&
  result.p99 <= limits.p99 &&
  result.backlogEnd - result.backlogMiddle <= limits.growth * result.offered * (seconds / 2)

export interface Sweep {
  readonly rates: ReadonlyArray<RateResult>
  /** Messages per second; null where not even the lowest rate was sustained. */
  readonly knee: number | null
  /** False where every rate was sustained: the knee lies above the highest. */
  readonly bounded: boolean
}

export interface SweepOptions {
  /** Rising. */
  readonly rates: ReadonlyArray<number>
  /** How often the gap at the knee is halved. */
  readonly refinements: number
  readonly seconds: number
  readonly measure: (rate: number) => Promise<RateResult>
  readonly limits?: Limits
}

export const findKnee = async (options: SweepOptions): Promise<Sweep> => {
  const { rates, refinements, seconds, measure, limits = LIMITS } = options
  const results: Array<RateResult> = []
  const holds = async (rate: number): Promise<boolean> => {
    const result = await measure(rate)
    results.push(result)
    return isSustained(result, seconds, limits)
  }
  let knee: number | null = null
  let beyond: number | null = null
  for (const rate of rates) {
    if (await holds(rate)) knee = rate
    else {
      beyond = rate
      break
    }
  }
  for (let nth = 0; nth < refinements && beyond !== null; nth++) {
    const between: number = ((knee ?? 0) + beyond) / 2
    if (await holds(between)) knee = between
    else beyond = between
  }
  return { rates: results.sort((a, b) => a.offered - b.offered), knee, bounded: beyond !== null }
}
