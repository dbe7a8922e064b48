import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { play } from "../device.ts"
import { first, noisy, times, values } from "./series.ts"

describe("level shift", () => {
  it("alarms within twenty samples of a lasting shift to the edge of the range, which the range itself does not tell", () => {
    const before = noisy(600)
    const at = first(values([...before, ...noisy(60).map((value) => value + 2.2)]), "anomaly.level_shift")
    expect(at).toBeGreaterThanOrEqual(600)
    expect(at).toBeLessThan(620)
  })
  it("makes nobody suspect for one wild sample, however wild", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e300, max: 1e300, noNaN: true }), (wild) => {
        const rows = [...noisy(200), wild, ...noisy(60)].map((value) => [value])
        expect(play(rows).watchedAt).toBe(-1)
      }),
      { numRuns: 50 },
    )
  })
  it("does not alarm on a level that wanders with its day, however often it is sampled", () => {
    for (const samples of [24, 96, 1440]) {
      const days = times(8 * samples, (i) => 20 + 10 * Math.sin((2 * Math.PI * i) / samples) + 0.1 * (i % 2))
      const alarms = values(days, undefined, 86_400 / samples).slice(2 * samples)
      expect(first(alarms, "anomaly.level_shift"), `${samples} a day`).toBe(-1)
    }
  })
})
