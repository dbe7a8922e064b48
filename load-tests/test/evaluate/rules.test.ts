import { UsageError } from "@assay/cli/command"
import { DEFAULT_RULES } from "@assay/trust"
import { expect, it } from "vitest"
import { candidatesOf, rulesOf } from "../../src/evaluate/rules.ts"

it("changes the rules that are named, and no other", () => {
  const rules = rulesOf("detectors.reportSurprise=12,containment.enter=0.8")
  expect(rules.detectors).toEqual({ ...DEFAULT_RULES.detectors, reportSurprise: 12 })
  expect(rules.containment).toEqual({ ...DEFAULT_RULES.containment, enter: 0.8 })
  expect(rulesOf(null)).toBe(DEFAULT_RULES)
})

it("makes every combination", () => {
  const names = candidatesOf(DEFAULT_RULES, "detectors.reportSurprise=8/11,detectors.rangeGrowth=1/2/3").map(
    ({ name }) => name,
  )
  expect(names).toHaveLength(6)
  expect(names[5]).toBe("detectors.reportSurprise=11 detectors.rangeGrowth=3")
})

it("says what is no rule, no number, or too many", () => {
  expect(() => rulesOf("detectors.reportSurprize=1")).toThrow(/detectors\.reportSurprise/)
  expect(() => rulesOf("detectors.reportSurprise=wide")).toThrow(/takes a number/)
  expect(() => rulesOf("detectors.reportSurprise")).toThrow(UsageError)
  expect(() => rulesOf("containment.enter=0.4")).toThrow(/containment/)
  expect(() =>
    candidatesOf(DEFAULT_RULES, `detectors.reportSurprise=${Array.from({ length: 300 }, (_, n) => n + 1).join("/")}`),
  ).toThrow(/at most 256/)
})
