import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { mayLearn } from "../../src/decide.ts"
import { isProven, mayTeach } from "../../src/kit/proven.ts"
import { NO_REASONS, sharedVerdicts, verdictOf } from "../../src/kit/verdict.ts"
import { REASONS, type ReasonCode, reasonInfo } from "../../src/reasons.ts"

const CODES = Object.keys(REASONS) as ReadonlyArray<ReasonCode>
const someReasons = fc.uniqueArray(fc.constantFrom(...CODES), { maxLength: 4 })
const verdict = (reasons: ReadonlyArray<ReasonCode>) => verdictOf(1, { reasons, assurance: "software" })

describe("verdictOf", () => {
  it("takes its outcome from the reasons, and leaves out what was not found", () => {
    expect(verdict([])).toEqual({
      outcome: "pass",
      reasons: [],
      observed: [],
      obligations: [],
      knowledge: [],
      assurance: "software",
      logic: 1,
      detail: null,
    })
    expect(verdict(["identity.stale", "anomaly.learning"]).outcome).toBe("fail")
    expect(verdict(["anomaly.learning"]).outcome).toBe("warn")
  })
})

describe("sharedVerdicts", () => {
  it("makes one verdict for each key and assurance", () => {
    let made = 0
    const passOf = sharedVerdicts((key: { readonly cited: ReadonlyArray<string> }, assurance) => {
      made++
      return verdictOf(1, { reasons: NO_REASONS, knowledge: key.cited, assurance })
    })
    const [a, b] = [{ cited: ["a"] }, { cited: ["b"] }]
    expect(passOf(a, "software")).toBe(passOf(a, "software"))
    expect(passOf(a, "none")).not.toBe(passOf(a, "software"))
    expect(passOf(b, "software").knowledge).toEqual(["b"])
    expect(made).toBe(3)
  })
})

describe("whose doing a message is", () => {
  it("teaches nothing where it failed or anybody could have caused it; a proven failure is still the device's own", () => {
    fc.assert(
      fc.property(someReasons, (reasons) => {
        const found = verdict(reasons)
        const unproven = reasons.some((code) => reasonInfo(code).attribution === "unproven")
        expect(mayTeach(found)).toBe(found.outcome !== "fail" && !unproven)
        expect(isProven(found)).toBe(found.outcome !== "fail" || !unproven)
      }),
    )
  })

  it("a message may teach the stages after it exactly where every verdict so far lets it", () => {
    fc.assert(
      fc.property(fc.array(fc.option(someReasons), { minLength: 5, maxLength: 5 }), (each) => {
        const [identity, credential, integrity, segmentation, anomaly] = each.map((reasons) =>
          reasons === null ? null : verdict(reasons),
        ) as [never, never, never, never, never]
        const verdicts = { identity, credential, integrity, segmentation, anomaly }
        const given = Object.values(verdicts).filter((one) => one !== null)
        expect(mayLearn(verdicts)).toBe(given.every((one) => mayTeach(one)))
      }),
    )
  })
})
