import { type Decision, STAGES, type Verdict, type Verdicts } from "@assay/trust"
import { expect, it } from "vitest"
import { isUnproven } from "../../src/runner/unproven.ts"

const PASS: Verdict = {
  outcome: "pass",
  reasons: [],
  obligations: [],
  knowledge: [],
  detail: null,
} as unknown as Verdict
const ALL = Object.fromEntries(STAGES.map((stage) => [stage, PASS])) as unknown as Verdicts
const VERIFIED: Decision = {
  outcome: "verified",
  reasons: [],
  trust: "trusted",
  reputation: 1,
  kind: "original",
  supersedes: null,
}

it("five passes of a trusted device are proof", () => {
  expect(isUnproven({ decision: VERIFIED, verdicts: ALL })).toBe(false)
})

it.each(STAGES.flatMap((stage) => (["warn", "fail", null] as const).map((outcome) => [stage, outcome] as const)))(
  "%s without a pass (%s) is none",
  (stage, outcome) => {
    const verdicts = { ...ALL, [stage]: outcome === null ? null : { ...PASS, outcome } }
    expect(isUnproven({ decision: VERIFIED, verdicts })).toBe(true)
    // What is not on verified is not asked.
    expect(isUnproven({ decision: { ...VERIFIED, outcome: "annotated" }, verdicts })).toBe(false)
  },
)

it.each(["learning", "watched", "quarantined"] as const)("a device that is %s is none", (trust) => {
  expect(isUnproven({ decision: { ...VERIFIED, trust }, verdicts: ALL })).toBe(true)
})
