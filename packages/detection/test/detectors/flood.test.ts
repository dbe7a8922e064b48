import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { arrivals, first, times } from "./series.ts"

describe("flood", () => {
  it("alarms on the first message beyond the burst", () => {
    expect(first(arrivals(times(300, () => 0)), "anomaly.flood")).toBe(config.floodBurst)
  })
  it("does not alarm on a burst that is allowed, nor on any rhythm at the ceiling or below", () => {
    expect(first(arrivals(times(config.floodBurst, () => 0)), "anomaly.flood")).toBe(-1)
    const gap = fc.integer({ min: 1000 / config.floodPerSecond, max: 1e9 })
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 400 }), (gaps) => {
        expect(first(arrivals(gaps), "anomaly.flood")).toBe(-1)
      }),
    )
  })
  it("calms with the first message after four seconds of rest", () => {
    const alarms = arrivals([...times(1000, () => 1), 4000, 1000])
    expect(alarms.slice(1000).flat()).not.toContain("anomaly.flood")
  })
})
