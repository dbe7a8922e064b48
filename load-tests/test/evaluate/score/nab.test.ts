import { describe, expect, it } from "vitest"
import { type Labelled, nabScore, PROFILES, probationOf, rawScore } from "../../../src/evaluate/score/nab.ts"

const series = (detections: ReadonlyArray<number>): Labelled => ({
  rows: 1_000,
  windows: [
    { from: 300, to: 399 },
    { from: 700, to: 799 },
  ],
  detections,
})
/** 2 / (1 + e^x) - 1. */
const sigmoid = (x: number): number => 2 / (1 + Math.exp(x)) - 1

describe("the NAB score", () => {
  it("gives a detector that says nothing 0, and one that names each window at its left edge 100", () => {
    for (const weights of Object.values(PROFILES)) {
      expect(nabScore([series([]), series([])], weights)).toBe(0)
      expect(nabScore([series([300, 700])], weights)).toBeCloseTo(100, 10)
    }
  })

  it("gives half for one window of two, under weights that count both alike", () => {
    expect(nabScore([series([300])])).toBeCloseTo(50, 10)
  })

  it("counts the earliest detection of a window alone, less the later it is", () => {
    // In the middle: 50 of 100 rows are left, so the position is -0.5.
    const middle = sigmoid(-2.5) / sigmoid(-5)
    expect(rawScore(series([350, 360, 399]), PROFILES.standard)).toBeCloseTo(middle - 1, 10)
    // The last row of a window still counts for something: its position is -1/100.
    expect(rawScore(series([399]), PROFILES.standard)).toBeCloseTo(sigmoid(-0.05) / sigmoid(-5) - 1, 10)
  })

  it("takes 0.11 for a false detection far from any window, less right behind one", () => {
    expect(rawScore(series([200]), PROFILES.standard)).toBeCloseTo(-2 - 0.11, 10)
    expect(rawScore(series([410]), PROFILES.standard)).toBeCloseTo(-2 + 0.11 * sigmoid((5 * 11) / 99), 10)
    expect(rawScore(series([699]), PROFILES.lowFalsePositive)).toBeCloseTo(-2 - 0.22, 10)
  })

  it("does not look at the probation: 15 % of the rows, at most 750", () => {
    expect([probationOf(1_000), probationOf(4_032), probationOf(22_695)]).toEqual([150, 604, 750])
    expect(rawScore(series([0, 149]), PROFILES.standard)).toBe(-2)
    expect(rawScore(series([150]), PROFILES.standard)).toBeCloseTo(-2.11, 10)
  })

  it("has nothing to say of series without windows", () => {
    expect(nabScore([{ rows: 1_000, windows: [], detections: [500] }])).toBeNull()
  })
})
