import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { drift } from "../../src/detectors/drift.ts"
import { seeded } from "../series.ts"
import { calm, first, times, values } from "./series.ts"

describe("drift", () => {
  it("alarms on a ramp of one typical step a sample, before it is twice the distance allowed", () => {
    const at = first(values([...calm(60), ...times(80, (i) => 20 + i)]), "anomaly.drift")
    expect(at).toBeGreaterThan(60)
    expect(at).toBeLessThan(60 + 2 * config.driftSteps)
  })
  it("alarms by the cumulative sum alone, where the distance stays allowed", () => {
    const ramp = [...calm(60), ...times(200, (i) => 20 + Math.min(i, 22) + (i % 2))]
    expect(first(values(ramp, { ...config, driftSteps: 1e9 }), "anomaly.drift")).toBeGreaterThan(60)
    expect(first(values(ramp, { ...config, driftSteps: 1e9, cusumLimit: 1e9 }), "anomaly.drift")).toBe(-1)
  })
  it("does not alarm on noise around one level, whatever the noise", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.001, max: 1e6, noNaN: true }), (seed, width) => {
        const random = seeded(seed)
        expect(first(values(times(300, () => 20 + (random() - 0.5) * width)), "anomaly.drift")).toBe(-1)
      }),
    )
  })
  it("keeps the cumulative sum within a quarter above its limit, so that it can calm", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { maxLength: 60 }), (shorts) => {
        const memory = {
          ...{ name: 1, samples: 100, level: 0, short: 0, scale: 1, last: 0, run: 0 },
          ...{ anchor: 0, cusum: 0 },
        }
        for (const short of shorts) {
          memory.short = short
          drift.observe(memory, { value: short, step: 1, unit: 1, samples: 100, ended: 0, learn: false }, config)
          expect(Math.abs(memory.cusum)).toBeLessThanOrEqual(config.cusumLimit * 1.25)
        }
      }),
    )
  })
})
