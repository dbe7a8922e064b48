import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { controlDetailOf } from "../src/control-detail.ts"

const detailOf = (detail: string | null) => controlDetailOf({ kind: "control", detail })

describe("the detail of a control event", () => {
  it("is an activation or a command", () => {
    const activation = { kind: "activation", item: "bundle", version: 3, hash: "ab" }
    const command = { kind: "command", verb: "revoke", target: "did:x", signers: ["did:a"], reason: "why" }
    expect(detailOf(JSON.stringify({ ...activation, more: 1 }))).toEqual(activation)
    expect(detailOf(JSON.stringify(command))).toEqual({ ...command, evidence: null, label: null })
    expect(controlDetailOf({ kind: "incident", detail: JSON.stringify(command) })).toBeNull()
  })

  it("is null for whatever else stands there, and never an exception", () => {
    for (const text of ["{not json", "null", "[]", "7", '"command"', '{"kind":"command"}', '{"kind":"activation"}'])
      expect(detailOf(text)).toBeNull()
    expect(detailOf(null)).toBeNull()
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void detailOf(text)))
  })
})
