import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ANOMALY_REASONS } from "../src/reasons/anomaly.ts"
import { CONTROL_REASONS } from "../src/reasons/control.ts"
import { CREDENTIAL_REASONS } from "../src/reasons/credential.ts"
import { ENGINE_REASONS } from "../src/reasons/engine.ts"
import { IDENTITY_REASONS } from "../src/reasons/identity.ts"
import { INTEGRITY_REASONS } from "../src/reasons/integrity.ts"
import { SEGMENTATION_REASONS } from "../src/reasons/segmentation.ts"
import {
  isReasonCode,
  outcomeOf,
  REASON_FAMILIES,
  REASONS,
  type ReasonCode,
  type ReasonInfo,
  reasonInfo,
  reasonsOfFamily,
} from "../src/reasons.ts"
import { STAGES } from "../src/verdict.ts"

const ALL = Object.entries(REASONS) as ReadonlyArray<readonly [ReasonCode, ReasonInfo]>
const BY_FILE: Readonly<Record<string, Readonly<Record<string, ReasonInfo>>>> = {
  identity: IDENTITY_REASONS,
  credential: CREDENTIAL_REASONS,
  integrity: INTEGRITY_REASONS,
  segmentation: SEGMENTATION_REASONS,
  anomaly: ANOMALY_REASONS,
  control: CONTROL_REASONS,
  engine: ENGINE_REASONS,
}

describe("reason codes", () => {
  it("lie in the file of the stage that they begin with; control entries and the engine have one too", () => {
    expect(Object.keys(BY_FILE).sort()).toEqual([...STAGES, "control", "engine"].sort())
    for (const [file, reasons] of Object.entries(BY_FILE))
      for (const code of Object.keys(reasons)) expect(code).toMatch(new RegExp(`^${file}\\.[a-z][a-z0-9_]*$`))
  })

  it("are all in the union, none twice", () => {
    const listed = Object.values(BY_FILE).flatMap((reasons) => Object.keys(reasons))
    expect(new Set(listed).size).toBe(listed.length)
    expect(Object.keys(REASONS).sort()).toEqual(listed.sort())
  })

  it("are found by what they begin with, and nothing else is a code", () => {
    expect(REASON_FAMILIES.flatMap(reasonsOfFamily).sort()).toEqual(Object.keys(REASONS).sort())
    expect(ALL.every(([code]) => isReasonCode(code))).toBe(true)
    for (const other of ["", "identity", "toString", "identity.replayed "]) expect(isReasonCode(other)).toBe(false)
  })

  it.each(ALL)("%s has a severity, an attribution, a weight, a sentence of its own and a remedy", (code, info) => {
    expect(reasonInfo(code)).toBe(info)
    expect(["warn", "fail"]).toContain(info.severity)
    expect(["device", "unproven", "knowledge", "issuer"]).toContain(info.attribution)
    expect(info.weight).toBeGreaterThanOrEqual(0)
    expect(info.weight).toBeLessThanOrEqual(1)
    expect(code.length, "it is the MSGID of RFC 5424, section 6.2.7").toBeLessThanOrEqual(32)
    expect(info.text).toMatch(/^\S.{8,198}\S$/)
    expect(ALL.filter(([, other]) => other.text === info.text)).toHaveLength(1)
    expect(info.remedy).toMatch(/^[A-Z][^\n]{18,298}[^\s.]$/)
  })

  it("weigh on a device's reputation only where its key proves that it was the device", () => {
    const heavy = ALL.filter(([, { weight }]) => weight > 0)
    expect(heavy.length).toBeGreaterThan(5)
    expect(heavy.filter(([, { attribution }]) => attribution !== "device")).toEqual([])
  })
})

describe("the outcome of reasons", () => {
  it("is the worst of them: no reason passes", () => {
    expect(outcomeOf([])).toBe("pass")
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ALL.map(([code]) => code)), { minLength: 1, maxLength: 6 }), (codes) => {
        const failed = codes.some((code) => reasonInfo(code).severity === "fail")
        expect(outcomeOf(codes)).toBe(failed ? "fail" : "warn")
        expect(outcomeOf([...codes].reverse())).toBe(outcomeOf(codes))
      }),
    )
  })
})
