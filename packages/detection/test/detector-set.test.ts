import { recordLayout, u32 } from "@assay/layout"
import type { ReasonCode } from "@assay/trust"
import { reasonInfo } from "@assay/trust"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BASELINE } from "../src/baseline.ts"
import { DETECTION_DEFAULTS as config } from "../src/config.ts"
import { type Detector, detector } from "../src/detector.ts"
import { detectorSet } from "../src/detector-set.ts"
import { DETECTORS, reasonsOf, signalsOf } from "../src/detectors/index.ts"
import { FAMILIES } from "../src/families.ts"
import { calm, times, values } from "./detectors/series.ts"

/** What a new detector is: this, its reason, and its place in a list. It is sure on every third value above 21. */
const third = detector({
  name: "third",
  reason: "anomaly.third" as ReasonCode,
  family: "value",
  gain: 0.2,
  needs: "readings",
  kinds: ["gauge"],
  fields: {
    /** Values above 21 so far. */
    above: u32(),
  },
  observe(of, { value }) {
    if (value > 21) of.above += 1
    return value > 21 && of.above % 3 === 0 ? Number.POSITIVE_INFINITY : 0
  },
})

const LOOK = { time: 1_700_000_000, learn: true, free: false }

describe("a detector that is added to the list", () => {
  const set = detectorSet([...DETECTORS, third])
  const LAYOUT = recordLayout({ name: "measurement", version: 1, fields: { ...BASELINE, ...set.readingFields } })

  it("says its reason, behind those of the others", () => {
    const memory = LAYOUT.draft()
    for (const value of calm(20)) set.observe(memory, value, LOOK, config)
    const said = [22, 20, 23, 20, 24].map((value) => set.reasonsOf(set.observe(memory, value, LOOK, config)))
    expect(said).toEqual([[], [], [], [], ["anomaly.third"]])
  })
  it("has its fields in the stored state", () => {
    const memory = LAYOUT.draft()
    for (const value of [...calm(20), 22, 23]) set.observe(memory, value, LOOK, config)
    expect(LAYOUT.decode(LAYOUT.encode(LAYOUT.seal(memory))).above).toBe(2)
  })
  it("raises its family by its gain, and not where it is only reported", () => {
    const memory = LAYOUT.draft()
    for (const value of [...calm(20), 22, 23]) set.observe(memory, value, LOOK, config)
    const copy = LAYOUT.draft(LAYOUT.seal(memory))
    const again = LAYOUT.draft(LAYOUT.decode(LAYOUT.encode(LAYOUT.seal(copy))))
    const signals = set.observe(again, 24, LOOK, config)
    expect(FAMILIES.map((_, family) => set.gainOf(signals, family))).toEqual([0, 0.2, 0])
    const reported = set.reportedOf(signals)
    expect(set.reasonsOf(reported)).toEqual(["anomaly.third"])
    expect(FAMILIES.map((_, family) => set.gainOf(reported, family))).toEqual([0, 0, 0])
  })
  it("must have a name and fields of its own, and a bit left", () => {
    expect(() => detectorSet([...DETECTORS, third, third])).toThrow("one name")
    expect(() => detectorSet([...DETECTORS, { ...third, fields: { longestRun: u32() } } as Detector])).toThrow(
      "longestRun",
    )
    expect(() => detectorSet(times(16, (i): Detector => ({ ...third, name: `${i}` }) as Detector))).toThrow("15 bits")
  })
})

describe("the list of detectors", () => {
  it("names for each a reason of its own that the device has caused", () => {
    const reasons = DETECTORS.map(({ reason }) => reason)
    expect(new Set(reasons).size).toBe(reasons.length)
    for (const reason of reasons) expect(reasonInfo(reason).attribution, reason).toBe("device")
    for (const one of DETECTORS) expect(reasonsOf(signalsOf(one))).toEqual([one.reason])
  })
  it("needs no unit: a series in a unit that is a power of two larger alarms alike", () => {
    const wild = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { maxLength: 60 })
    fc.assert(
      fc.property(wild, fc.integer({ min: -40, max: 40 }), (tail, exponent) => {
        const series = [...calm(20), ...tail]
        expect(values(series.map((value) => value * 2 ** exponent))).toEqual(values(series))
      }),
    )
  })
})
