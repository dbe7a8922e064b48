import { REASONS, type ReasonCode, reasonInfo } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { BY_OPERATOR, CONSEQUENCES, consequenceOf, groundsOf, weigh } from "../src/evidence.ts"

describe("policy table", () => {
  it("names only reasons that the device itself must have caused", () => {
    for (const code of Object.keys(CONSEQUENCES) as Array<ReasonCode>)
      expect(reasonInfo(code).attribution, code).toBe("device")
  })
  it("lets no unproven or knowledge reason touch a device", () => {
    for (const code of Object.keys(REASONS) as Array<ReasonCode>)
      if (reasonInfo(code).attribution !== "device") {
        expect(weigh([code]), code).toEqual({ weight: 0, quarantine: false, strike: false, bypass: false, causes: [] })
        expect(consequenceOf(code)).toBe("message")
      }
  })
  it("is kept in states by its rows: one bit each, which never moves, and none is that of the operators", () => {
    const rows = Object.keys(CONSEQUENCES) as Array<ReasonCode>
    expect(rows.map((code) => groundsOf([code]))).toEqual(rows.map((_, row) => 1 << row))
    expect(rows.length).toBeLessThan(Math.log2(BY_OPERATOR) + 1)
    expect(rows).toEqual([
      "identity.clone_evidence",
      "identity.equivocation",
      "credential.revoked",
      "integrity.firmware_tampered",
      "integrity.firmware_lying",
      "segmentation.lateral_movement",
      "integrity.chain_broken",
      "integrity.firmware_rolled_back",
      "integrity.firmware_revoked",
      "credential.holder_mismatch",
      "credential.hardware_mismatch",
      "segmentation.guardrail",
    ])
    expect(groundsOf(["anomaly.flood", "integrity.firmware_tampered", "segmentation.guardrail"])).toBe(
      (1 << 3) | (1 << 11),
    )
  })
  it("takes the heaviest weight, not the sum", () => {
    expect(weigh(["identity.stale", "anomaly.drift", "anomaly.level_shift", "identity.stranger"]).weight).toBe(0.2)
  })
  it("lets the breaker cover what an error of ours could cause, and nothing else", () => {
    expect(weigh(["integrity.firmware_tampered"])).toMatchObject({ quarantine: true, bypass: false })
    expect(weigh(["identity.clone_evidence"])).toMatchObject({ quarantine: true, bypass: true })
    expect(weigh(["integrity.chain_broken"])).toMatchObject({ quarantine: false, strike: true })
  })
})
