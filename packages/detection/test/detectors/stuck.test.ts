import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { calm, first, times, values } from "./series.ts"

/** A calm series, one value repeated, and a calm series again. */
const withRun = (repeats: number): Array<number> => [...calm(20), ...times(repeats + 1, () => 21), ...calm(20)]

describe("stuck", () => {
  it("alarms from the repeat on that is one too many", () => {
    expect(first(values(withRun(50)), "anomaly.stuck")).toBe(20 + config.stuckRun)
  })
  it("alarms on every run from the limit on, and on no shorter one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (repeats) => {
        expect(first(values(withRun(repeats)), "anomaly.stuck") >= 0).toBe(repeats >= config.stuckRun)
      }),
    )
  })
  it("allows twice the longest run that it has learned, half of what was too long, and no run excuses itself", () => {
    expect(first(values([...withRun(11), ...withRun(25)]), "anomaly.stuck")).toBe(-1)
    expect(first(values([...withRun(11), ...withRun(26)]), "anomaly.stuck")).toBeGreaterThan(0)
    const reported = values([...withRun(50), ...withRun(50)]).map((codes) => codes.includes("anomaly.stuck"))
    expect(reported.slice(0, 91).filter(Boolean)).toHaveLength(50 - config.stuckRun + 1)
    expect(reported.slice(91).filter(Boolean)).toHaveLength(0)
  })
  it("does not alarm on a value that never changed, on nothing, nor where values often repeat", () => {
    expect(first(values(times(500, () => 21)), "anomaly.stuck")).toBe(-1)
    expect(first(values([...calm(40), ...times(200, () => 0), ...calm(20)]), "anomaly.stuck")).toBe(-1)
    const coarse = times(400, (i) => Math.round(20 + 4 * Math.sin(i / 20)))
    expect(first(values([...coarse, ...times(60, () => coarse.at(-1)!)]), "anomaly.stuck")).toBe(-1)
  })
})
