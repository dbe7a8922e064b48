import { DEFAULT_RULES, type Knowledge } from "@assay/trust"
import { expect, it } from "vitest"
import { DEFAULT_LIMITS, limitsUnder } from "../src/limits.ts"

/** What is in force where only a profile is. */
const under = (rules: object): Knowledge =>
  ({ profile: { version: 1, hash: "", expires: 1, body: { ...DEFAULT_RULES, ...rules } } }) as unknown as Knowledge

it("the profile in force sets how often a device may present; without one the default holds", () => {
  const limits = limitsUnder(DEFAULT_LIMITS)
  expect(limits({ profile: null } as unknown as Knowledge).presentationsPerMinute).toBe(12)
  const positions = { ...DEFAULT_RULES.positions, presentationsPerMinute: 3 }
  expect(limits(under({ positions })).presentationsPerMinute).toBe(3)
  expect(limits(under({})).presentationsPerMinute).toBe(12)
})
