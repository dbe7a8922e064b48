import { REASONS } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { explainReason, reasonLine, reasonPage, remedyOf } from "../../src/explain/reason.ts"

describe("a reason code", () => {
  it.each(Object.keys(REASONS))("%s is explained: who names it, what happened, what to do", (code) => {
    const found = explainReason(code)
    const page = reasonPage(found)
    expect(page[0]).toBe(`${code}: ${found.text}`)
    expect(page.at(-1)).toBe(`  to do     ${found.remedy}`)
    expect(page.join("\n")).not.toContain("undefined")
    expect(reasonLine(code)).toContain(found.text)
  })

  it("says what it does to the device, where it does more than to the message", () => {
    expect(explainReason("identity.clone_evidence")).toMatchObject({ by: "identity-resolver", does: "quarantine" })
    expect(explainReason("segmentation.guardrail")).toMatchObject({ by: "segmentation-enforcer", does: "strike" })
    expect(explainReason("control.threshold")).toMatchObject({ by: "control", does: "message", weight: 0 })
    expect(explainReason("engine.fault")).toMatchObject({ by: "engine", attribution: "knowledge" })
  })

  it("that is not known is refused with the one that was meant", () => {
    expect(() => explainReason("identity.replayd")).toThrow("(did you mean identity.replayed?)")
    expect(() => explainReason("replayed")).toThrow("(did you mean identity.replayed or control.replayed?)")
    expect(() => explainReason("toString")).toThrow('there is no reason code "toString";')
    expect(() => explainReason("http.empty")).toThrow("docs/guides/http-api.md")
  })

  it("of a later version stands in a record without stopping anybody", () => {
    expect(reasonLine("identity.of_tomorrow")).toBe("identity.of_tomorrow: not known to this version of assay")
    expect(reasonLine("a\u001b[2Jb")).not.toContain("\u001b")
    expect(remedyOf("identity.of_tomorrow")).toBeNull()
  })
})
