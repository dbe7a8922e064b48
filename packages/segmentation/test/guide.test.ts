import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { LIMITS } from "../src/policy/limits.ts"
import { parsePolicy } from "../src/policy/parse.ts"

const guide = readFileSync(new URL("../../../docs/guides/segmentation-policy.md", import.meta.url), "utf8")

it("the policy in the guide is one, without a warning", () => {
  const yaml = /```yaml\n([\s\S]+?)```/.exec(guide)?.[1] ?? ""
  const { policy, problems } = parsePolicy(yaml, { at: Date.UTC(2026, 1, 1) })
  expect(problems).toEqual([])
  expect(policy?.conduits.map((c) => c.id)).toEqual(["sensors-to-control", "safety-to-control"])
})

it("the limits in the guide are the limits", () => {
  const { zones, conduits, guardrails, assignments, devices, classes, flows } = LIMITS
  for (const limit of [zones, conduits, guardrails, assignments, devices, classes, flows])
    expect(guide).toContain(` ${limit.toLocaleString("en")} `)
})
