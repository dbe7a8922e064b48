import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { addMeasurement } from "../../src/device.ts"
import { newDevice } from "../device.ts"
import { calm, first, noisy, times, values } from "./series.ts"

describe("novel range", () => {
  it("alarms on the first sample far outside of all that were learned, and on one that is no number", () => {
    for (const wild of [500, -500, Number.NaN, Number.POSITIVE_INFINITY])
      expect(first(values([...calm(20), wild]), "anomaly.novel_range"), `${wild}`).toBe(20)
  })
  it("does not alarm on a calm series, nor on a value a little beyond it, nor before enough is learned", () => {
    expect(first(values([...calm(200), 22]), "anomaly.novel_range")).toBe(-1)
    expect(first(values([...calm(config.learnMessages - 1), 500]), "anomaly.novel_range")).toBe(-1)
  })
  it("goes on for as long as the value stays away, until half a thousand samples say that this is how things are", () => {
    const moved = values([...noisy(300), ...noisy(2000).map((value) => value + 40)])
    const alarms = moved.map((codes) => codes.length > 0)
    expect(alarms.slice(303, 800).every(Boolean)).toBe(true)
    expect(alarms.slice(900).some(Boolean)).toBe(false)
  })
  it("learns a second mode, but no glitch as one", () => {
    const shift = [...noisy(200), ...noisy(200).map((value) => value + 40)]
    const worked = values([...noisy(300), ...times(8, () => shift).flat()]).slice(300)
    expect(worked.slice(5 * 400).flat()).toEqual([])
    const glitch = [...noisy(99), 60]
    const memory = addMeasurement(newDevice(0), 1)
    expect(values([...noisy(300), ...times(30, () => glitch).flat()], config, 1, memory)[399]).toContain(
      "anomaly.novel_range",
    )
    expect(memory.high - memory.low).toBeLessThan(10)
    // Spikes that recur are known after some, and one that is far larger is news.
    expect(values([...glitch, ...noisy(40), 500], config, 1, memory).findIndex((codes) => codes.length > 0)).toBe(140)
  })
  it("widens what it learned by no more than is allowed for each sample", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (wild) => {
          const memory = addMeasurement(newDevice(0), 1)
          values(noisy(300), config, 1, memory)
          for (const value of wild) {
            // While little is known, the range counts as at least 18 mean steps.
            const before = Math.max(memory.high - memory.low, 18 * memory.noise)
            const [low, high, samples] = [memory.low, memory.high, memory.samples]
            values([value], config, 1, memory)
            const widened = memory.high - high + (low - memory.low)
            expect(widened).toBeLessThanOrEqual((config.rangeGrowth / samples) * before * 1.001 + 1e-6)
          }
        },
      ),
    )
  })
})
