/** How long things took in runs of real processes, as what the simulation draws from. */
import { type Random, randomOf } from "@assay/fleet"
import type { Spread, Waits } from "../bench/waits.ts"
import { fitOf } from "../capacity/fit.ts"
import { slowdown } from "./slowdown.ts"

/** A run at one rate. Times are seconds but where said. */
export interface TimedRun {
  readonly perSecond: number
  readonly partitions: number
  /** How long messages were sent. */
  readonly seconds: number
  /** The share of the machine's cores that was busy, whoever kept them so. */
  readonly busy: number
  /** By stage, in order. */
  readonly stages: ReadonlyArray<Waits>
  /** Milliseconds from sending to the log's answer, and from being due to being sent, at shares from 0 to 1. */
  readonly append: ReadonlyArray<number>
  readonly late: ReadonlyArray<number>
  /** Milliseconds from being due to being decided. */
  readonly p50: number
  readonly p99: number
}

/** What batches take where this many records come and so much of the machine is busy: of each stage, and of reading one. */
interface Timing {
  readonly batchSeconds: (stage: number, count: number, busy: number) => number
  readonly readSeconds: (busy: number) => number
}

/** The value below which a share of a spread lies; between two bounds by the logarithm. */
const valueAt = ({ buckets }: Spread, share: number): number => {
  const all = buckets.reduce((sum, [, count]) => sum + count, 0)
  let left = share * all
  for (const [nth, [bound, count]] of buckets.entries()) {
    if (left <= count) {
      const below = buckets[nth - 1]?.[0] ?? bound / 2
      return below * (bound / below) ** (left / count)
    }
    left -= count
  }
  return buckets.at(-1)?.[0] ?? 0
}

const STEPS = 400

/** A factor about 1, by the spread of a run around its mean. */
const factorsOf = (spread: Spread): ReadonlyArray<number> => {
  const values = Array.from({ length: STEPS }, (_, nth) => valueAt(spread, (nth + 0.5) / STEPS))
  const mean = values.reduce((sum, one) => sum + one, 0) / STEPS
  return values.map((one) => (mean === 0 ? 1 : one / mean))
}

const meanOf = ({ count, sum }: Spread): number => (count === 0 ? 0 : sum / count)

/** With fewer entries than this in a batch on average, a partition had nothing to do at times, and its commits say nothing of the pace. */
const ALWAYS_SOME = 3

/**
 * What lies between two commits besides the pace: a fetch, and being woken. From the runs in which there was always something to
 * judge and a batch took less than the pace.
 */
const readOf = (runs: ReadonlyArray<TimedRun>, linger: number): number => {
  const found = runs.flatMap(({ stages: [first], partitions, seconds, busy }) =>
    first === undefined || first.entries < ALWAYS_SOME || valueAt(first.whole, 0.9) > linger
      ? []
      : [((partitions * seconds) / first.batches - linger) / slowdown(busy)],
  )
  return found.length === 0 ? 0 : Math.max(0, found.reduce((sum, one) => sum + one, 0) / found.length)
}

/** @param runs of one topology at several rates @param linger 0: there is no pace, and records are at hand */
export const timingOf = (runs: ReadonlyArray<TimedRun>, linger: number, seed: string): Timing => {
  const random: Random = randomOf(seed)
  const stages = runs[0]!.stages.map((_, stage) => {
    const own = runs.map((run) => ({ ...run.stages[stage]!, busy: run.busy })).filter(({ batches }) => batches > 0)
    // So much whatever it holds, and so much for each entry.
    const { commit: fixed, message: each } = fitOf(
      own.map(({ entries, whole, busy }) => {
        const cost = meanOf(whole) / slowdown(busy)
        return { messages: entries, commits: 1, idle: 0, partition: 0, cost }
      }),
    )
    const busiest = own.reduce((most, one) => (one.batches * one.entries > most.batches * most.entries ? one : most))
    return { fixed, each, factors: factorsOf(busiest.whole) }
  })
  const read = linger === 0 ? 0 : readOf(runs, linger)
  return {
    batchSeconds: (stage, count, busy) => {
      const { fixed, each, factors } = stages[stage]!
      return (fixed + each * count) * slowdown(busy) * factors[random.below(STEPS)]!
    },
    readSeconds: (busy) => read * slowdown(busy),
  }
}

/** A value that is as likely as any other, in seconds. @param shares of milliseconds, as in `TimedRun` */
export const drawnOf = (shares: ReadonlyArray<number>, random: Random): number => {
  const at = random.next() * (shares.length - 1)
  const below = Math.floor(at)
  const [low = 0, high = low] = shares.slice(below, below + 2)
  return (low + (high - low) * (at - below)) / 1e3
}
