import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { arrivals, first, times } from "./series.ts"

const HOUR = 3_600_000

describe("silence", () => {
  it("alarms on a gap beyond the floor and beyond twenty learned gaps", () => {
    expect(first(arrivals([...times(20, () => 1000), HOUR + 1000]), "anomaly.silence")).toBe(20)
    expect(first(arrivals([...times(20, () => HOUR), 21 * HOUR]), "anomaly.silence")).toBe(20)
  })
  it("does not alarm below the floor, nor on a gap that is usual for a slow device, nor before enough is learned", () => {
    expect(first(arrivals([...times(20, () => 1000), HOUR]), "anomaly.silence")).toBe(-1)
    expect(first(arrivals([...times(20, () => HOUR), 19 * HOUR]), "anomaly.silence")).toBe(-1)
    expect(first(arrivals([...times(config.learnMessages, () => 1000), 9 * HOUR]), "anomaly.silence")).toBe(8)
    expect(first(arrivals([...times(config.learnMessages - 1, () => 1000), 9 * HOUR]), "anomaly.silence")).toBe(-1)
  })
  it("does not alarm on any rhythm below the floor", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: HOUR }), { maxLength: 300 }), (gaps) => {
        expect(first(arrivals(gaps), "anomaly.silence")).toBe(-1)
      }),
    )
  })
  it("knows the longest gap of late, and lets a device become slow", () => {
    const days = (count: number) => times(count, () => 24 * HOUR)
    const hourly = [...times(20, () => HOUR), 24 * HOUR, ...times(20, () => HOUR), 24 * HOUR]
    expect(arrivals(hourly).filter((codes) => codes.includes("anomaly.silence"))).toHaveLength(1)
    expect(
      arrivals([...times(30, () => 60_000), ...days(12)])
        .slice(-10)
        .flat(),
    ).toEqual([])
  })
})
