import { describe, expect, it } from "vitest"
import type { Judged } from "../../../src/evaluate/judged.ts"
import { fallsOf, onsetsOf, repeatedOnsetsOf } from "../../../src/evaluate/score/alarms.ts"
import { eventF1, eventsOf, f1Of, sumOf } from "../../../src/evaluate/score/events.ts"
import { falseAlarmRate, missedRate, pointF1, pointsOf } from "../../../src/evaluate/score/points.ts"

const alarmsAt = (count: number, ...indexes: ReadonlyArray<number>): ReadonlyArray<boolean> =>
  Array.from({ length: count }, (_, index) => indexes.includes(index))

describe("alarms", () => {
  it("begin where none was for long enough", () => {
    expect(onsetsOf(alarmsAt(20, 2, 3, 5, 9, 10), 3)).toEqual([2, 9])
    expect(onsetsOf([])).toEqual([])
  })

  it("that go on are counted again", () => {
    const always = Array.from({ length: 400 }, () => true)
    expect(onsetsOf(always)).toEqual([0])
    expect(repeatedOnsetsOf(always)).toEqual([0, 151, 302])
  })

  it("become falls where the device becomes watched or quarantined", () => {
    const states = ["learning", "trusted", "watched", "quarantined", "probation", "quarantined"] as const
    const judged = states.map((trust): Judged => ({ outcome: "annotated", reasons: [], alarms: [], trust }))
    expect(fallsOf(judged)).toEqual([2, 5])
  })
})

describe("events", () => {
  const windows = [
    { from: 400, to: 499 },
    { from: 800, to: 899 },
  ]

  it("count a window once, each alarm outside, and nothing within the probation", () => {
    const events = eventsOf({ rows: 1_000, windows, detections: [10, 300, 425, 450, 600] })
    expect(events).toEqual({ windows: 2, found: 1, false: 2, delays: [25 / 99] })
    // 2 * 1 / (2 * 1 + 2 false + 1 missed)
    expect(eventF1(events)).toBeCloseTo(0.4, 10)
    expect(eventF1(sumOf([events, eventsOf({ rows: 1_000, windows, detections: [400, 800] })]))).toBeCloseTo(6 / 9, 10)
  })

  it("say nothing where there was nothing to find and nothing was said", () => {
    expect(f1Of(0, 0, 0)).toBeNull()
    expect(f1Of(0, 1, 0)).toBe(0)
  })
})

describe("points", () => {
  it("count each row by what it is and what it was called", () => {
    const points = pointsOf([true, true, false, false, true], [{ from: 1, to: 2 }])
    expect(points).toEqual({ truePositives: 1, falsePositives: 2, falseNegatives: 1, trueNegatives: 1 })
    expect([pointF1(points), falseAlarmRate(points), missedRate(points)]).toEqual([0.4, 2 / 3, 0.5])
  })
})
