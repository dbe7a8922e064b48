import { randomOf } from "@assay/fleet"
import { describe, expect, it } from "vitest"
import type { Waits } from "../../src/bench/waits.ts"
import { slowdown } from "../../src/simulate/slowdown.ts"
import { latencyOf } from "../../src/simulate/small-runs.ts"
import { drawnOf, type TimedRun, timingOf } from "../../src/simulate/timing.ts"

const LINGER = 0.05
const READ = 0.003
const [FIXED, EACH] = [0.008, 0.0005]

/** A run in which each batch takes the same and commits are a pace and a fetch apart. */
const runOf = (perSecond: number, partitions: number, stages = 1): TimedRun => {
  const seconds = 20
  const batches = (partitions * seconds) / (LINGER + READ)
  const entries = (perSecond * seconds) / batches
  const whole = FIXED + EACH * entries
  const spread = { count: batches, sum: batches * whole, buckets: [[whole, batches]] as const }
  const waits: Waits = { batches, entries, whole: spread, commit: spread }
  return {
    ...{ perSecond, partitions, seconds, append: [4, 4, 4], late: [1, 1, 1], busy: 0, p50: 0, p99: 0 },
    stages: Array.from({ length: stages }, () => waits),
  }
}

const RUNS = [runOf(200, 2), runOf(1_200, 2)]
const PACE = { linger: LINGER, few: 256, most: 2_048 }

describe("times from runs", () => {
  it("what a batch takes whatever it holds, and for each entry; and what lies between two commits besides the pace", () => {
    const { batchSeconds, readSeconds } = timingOf(RUNS, LINGER, "times")
    const mean = (count: number): number =>
      Array.from({ length: 4_000 }, () => batchSeconds(0, count, 0)).reduce((sum, one) => sum + one, 0) / 4_000
    for (const count of [1, 20, 100]) expect(mean(count) / (FIXED + EACH * count)).toBeCloseTo(1, 1)
    expect(readSeconds(0)).toBeCloseTo(READ, 4)
    expect(readSeconds(0.5) / READ).toBeCloseTo(slowdown(0.5))
  })

  it("appends by their shares", () => {
    const random = randomOf("appends")
    const drawn = Array.from({ length: 4_000 }, () => drawnOf([0, 10, 110], random)).sort((a, b) => a - b)
    expect(drawn[1_000]! * 1e3).toBeCloseTo(5, 0)
    expect(drawn[3_000]! / 0.06).toBeCloseTo(1, 1)
  })
})

describe("latency from them", () => {
  /** Waiting for the next batch, half of what lies between two; then fetch, batch; the append and the sender before all of it. */
  const expected = (perPartition: number): number =>
    (LINGER + READ) / 2 + READ + (FIXED + EACH * perPartition * (LINGER + READ)) + 0.004 + 0.001

  it("is half of what lies between two batches, and what all the rest takes", () => {
    const latency = latencyOf({ ...PACE, known: RUNS, busyAt: () => 0 }, { perSecond: 600, partitions: 2 }, "mean")
    expect(latency.mean / expected(300)).toBeGreaterThan(0.95)
    expect(latency.mean / expected(300)).toBeLessThan(1.1)
  })

  it("staged, stages after the first wait for no pace: batches come as far apart as it is", () => {
    const known = [runOf(200, 2, 5), runOf(1_200, 2, 5)]
    const chained = latencyOf({ ...PACE, known: RUNS, busyAt: () => 0 }, { perSecond: 600, partitions: 2 }, "chained")
    const staged = latencyOf({ ...PACE, known, busyAt: () => 0 }, { perSecond: 600, partitions: 2 }, "staged")
    // Four more fetches and batches, and less than half a pace for each.
    const hop = READ / 2 + FIXED + EACH * 15.9
    expect(staged.mean).toBeGreaterThan(chained.mean + 4 * hop * 0.8)
    expect(staged.mean).toBeLessThan(chained.mean + 4 * (hop + LINGER / 2))
  })
})
