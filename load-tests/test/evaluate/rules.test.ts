import { UsageError } from "@assay/cli/command"
import { DEFAULT_RULES } from "@assay/trust"
import { expect, it } from "vitest"
import { candidatesOf, rulesOf } from "../../src/evaluate/rules.ts"

it("changes the rules that are named, and no other", () => {
  const rules = rulesOf("detectors.noveltySteps=12,containment.enter=0.8")
  expect(rules.detectors).toEqual({ ...DEFAULT_RULES.detectors, noveltySteps: 12 })
  expect(rules.containment).toEqual({ ...DEFAULT_RULES.containment, enter: 0.8 })
  expect(rulesOf(null)).toBe(DEFAULT_RULES)
})

it("makes every combination", () => {
  const names = candidatesOf(DEFAULT_RULES, "detectors.noveltySteps=8/14,detectors.shiftSteps=9/18/27").map(
    ({ name }) => name,
  )
  expect(names).toHaveLength(6)
  expect(names[5]).toBe("detectors.noveltySteps=14 detectors.shiftSteps=27")
})

it("says what is no rule, no number, or too many", () => {
  expect(() => rulesOf("detectors.noveltyStep=1")).toThrow(/detectors\.noveltySteps/)
  expect(() => rulesOf("detectors.noveltySteps=wide")).toThrow(/takes a number/)
  expect(() => rulesOf("detectors.noveltySteps")).toThrow(UsageError)
  expect(() => rulesOf("containment.enter=0.4")).toThrow(/containment/)
  expect(() =>
    candidatesOf(DEFAULT_RULES, `detectors.noveltySteps=${Array.from({ length: 300 }, (_, n) => n + 1).join("/")}`),
  ).toThrow(/at most 256/)
})
