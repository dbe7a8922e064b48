import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { calm, first, times, values } from "./series.ts"

describe("level shift", () => {
  it("alarms within ten samples of a lasting shift by forty typical steps", () => {
    const at = first(values([...calm(40), ...calm(40).map((value) => value + 40)]), "anomaly.level_shift")
    expect(at).toBeGreaterThanOrEqual(40)
    expect(at).toBeLessThan(50)
  })
  it("does not alarm on one wild sample, however wild", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e300, max: 1e300, noNaN: true }), (wild) => {
        expect(first(values([...calm(40), wild, ...calm(40)]), "anomaly.level_shift")).toBe(-1)
      }),
    )
  })
  it("does not alarm on a level that wanders by ten typical steps over a day", () => {
    const day = times(500, (i) => 20 + 10 * Math.sin(i / 40) + (i % 2))
    expect(first(values(day), "anomaly.level_shift")).toBe(-1)
  })
})
