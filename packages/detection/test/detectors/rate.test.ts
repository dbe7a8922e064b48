import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { arrivals, first, times } from "./series.ts"

describe("rate", () => {
  it("alarms soon after a device that speaks each second speaks a hundred times a second", () => {
    const at = first(arrivals([...times(20, () => 1000), ...times(200, () => 10)]), "anomaly.rate")
    expect(at).toBeGreaterThan(20)
    expect(at).toBeLessThan(20 + 2 * config.rateBurst)
  })
  it("does not alarm at that rate where the device always spoke nearly so often", () => {
    expect(first(arrivals(times(2000, () => 50)), "anomaly.rate")).toBe(-1)
    expect(first(arrivals([...times(200, () => 50), ...times(2000, () => 10)]), "anomaly.rate")).toBe(-1)
  })
  it("does not alarm on any rhythm at the floor or below", () => {
    const gap = fc.integer({ min: 1000 / config.rateFloorPerSecond, max: 1e9 })
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 400 }), (gaps) => {
        expect(first(arrivals(gaps), "anomaly.rate")).toBe(-1)
      }),
    )
  })
})
