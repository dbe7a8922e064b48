import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { novelRange } from "../../src/detectors/novel-range.ts"
import { calm, first, values } from "./series.ts"

describe("novel range", () => {
  it("alarms on the first sample far outside of all that were learned, and on one that is no number", () => {
    expect(first(values([...calm(20), 500]), "anomaly.novel_range")).toBe(20)
    expect(first(values([...calm(20), -500]), "anomaly.novel_range")).toBe(20)
    expect(first(values([...calm(20), Number.NaN]), "anomaly.novel_range")).toBe(20)
    expect(first(values([...calm(20), Number.POSITIVE_INFINITY]), "anomaly.novel_range")).toBe(20)
  })
  it("does not alarm on a calm series, nor on a value a few steps beyond it, nor before enough is learned", () => {
    expect(first(values([...calm(200), 25]), "anomaly.novel_range")).toBe(-1)
    expect(first(values([...calm(config.learnMessages - 1), 500]), "anomaly.novel_range")).toBe(-1)
  })
  it("never alarms on what it has learned, and alarms on all that is farther than what alarms", () => {
    const number = fc.double({ min: -1e9, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 30 }), number, number, (learned, one, other) => {
        const memory = {
          ...{ name: 1, samples: 100, level: 0, short: 0, scale: 1, last: 0, run: 0 },
          ...{ low: learned[0]!, high: learned[0]! },
        }
        const sample = (value: number) => ({ value, step: 1, unit: 1, samples: 100, ended: 0, learn: true })
        const alarms = (value: number) => novelRange.observe(memory, sample(value), config)
        for (const value of learned) novelRange.learn!(memory, sample(value), config)
        for (const value of learned) expect(alarms(value)).toBe(false)
        const [low, high] = one < other ? [one, other] : [other, one]
        if (low > memory.high && alarms(low)) expect(alarms(high)).toBe(true)
        if (high < memory.low && alarms(high)) expect(alarms(low)).toBe(true)
      }),
    )
  })
})
