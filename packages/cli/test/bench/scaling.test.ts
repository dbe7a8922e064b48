import { describe, expect, it } from "vitest"
import { countsOf, cpusIn, threadCounts } from "../../src/bench/scaling.ts"

describe("how many threads are tried", () => {
  it.each([
    [1, [1]],
    [2, [1, 2]],
    [4, [1, 2, 3, 4]],
    [6, [1, 2, 3, 4, 6]],
    [24, [1, 2, 3, 4, 8, 16, 24]],
  ])("on %i cores", (cores, counts) => {
    expect(threadCounts(cores)).toEqual(counts)
  })
})

it("reads the kernel's list of CPUs", () => {
  expect(cpusIn("0-2,5,8-9")).toEqual([0, 1, 2, 5, 8, 9])
})

it("takes gains within a round, then the median over the rounds", () => {
  const round = (one: readonly [number, number], two: readonly [number, number]) =>
    [one, two].map(([verifyPerSecond, chainedPerSecond], at) => ({
      threads: at + 1,
      verifyPerSecond,
      chainedPerSecond,
    }))
  // The machine of the second round is half as fast: its gains are like the others'.
  const counts = countsOf([round([100, 50], [180, 90]), round([50, 25], [90, 36]), round([100, 50], [200, 80])])
  expect(counts[0]).toMatchObject({ threads: 1, verifyGain: 1, chainedGain: 1, kept: 1 })
  expect(counts[1]).toMatchObject({ threads: 2, verifyPerSecond: 180, verifyGain: 1.8, chainedGain: 1.6, kept: 0.8 })
})
