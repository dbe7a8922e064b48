/** Severity, disposition, technique and remedy: each reason has what a SIEM asks for. */
import { STREAMS } from "@assay/streams"
import { message } from "@assay/testkit/samples"
import { ACTIONS, REASONS, type ReasonCode } from "@assay/trust"
import { describe, expect, it } from "vitest"
import type { Decided } from "../../../src/encode/encoder.ts"
import { ATTACK_VERSIONS, techniqueOf } from "../../../src/encode/siem/attack.ts"
import { eventOf, eventOfStorm } from "../../../src/encode/siem/event.ts"
import { severityOf, severityOfReason } from "../../../src/encode/siem/severity.ts"
import { OPTIONS } from "./hostile.ts"

const CODES = Object.keys(REASONS) as ReadonlyArray<ReasonCode>

const decidedAt = (offset: number, changed: object): Decided => ({
  kind: "message",
  place: { stream: STREAMS.quarantined, partition: 3, offset },
  message: { ...message, origin: { ...message.origin, offset }, decision: { ...message.decision!, ...changed } },
})

describe("severity", () => {
  it.each([
    ["identity.clone_evidence", 5],
    ["segmentation.lateral_movement", 5],
    ["integrity.firmware_revoked", 4],
    ["segmentation.no_conduit", 4],
    ["credential.action_refused", 4],
    ["anomaly.level_shift", 3],
    ["identity.signature_invalid", 2],
    ["identity.replayed", 2],
    ["anomaly.learning", 2],
    ["segmentation.policy_missing", 3],
    ["engine.fault", 4],
    ["control.not_operator", 4],
  ] as const)("of %s is %d", (code, severity) => expect(severityOfReason(code)).toBe(severity))

  it("is that of the outcome at least, and of the worst reason", () => {
    expect(severityOf("verified", [])).toBe(1)
    expect(severityOf("quarantined", ["identity.replayed"])).toBe(3)
    expect(severityOf("quarantined", ["identity.replayed", "identity.clone_evidence"])).toBe(5)
    expect(severityOf("rejected", ["identity.signature_invalid"])).toBe(2)
    expect(severityOf("undecided", [])).toBe(4)
  })

  it("of what a mere carrier could have caused never rises by itself", () => {
    const unproven = CODES.filter((code) => REASONS[code].attribution === "unproven" && !code.startsWith("control."))
    for (const code of unproven) expect(severityOfReason(code), code).toBe(2)
  })
})

describe("techniques", () => {
  it("have an id of the version that is asked for, whatever the message does", () => {
    for (const version of ATTACK_VERSIONS)
      for (const code of CODES)
        for (const action of [...ACTIONS, null]) {
          const technique = techniqueOf(code, action, version)
          if (technique === null) continue
          expect(technique.id, code).toMatch(version === "18" ? /^T0\d{3}$/ : /^T[01]\d{3}(\.\d{3})?$/)
          expect(technique.tactic.id).toMatch(/^TA01\d\d$/)
        }
  })

  it("are those that version 19 renumbered", () => {
    expect(techniqueOf("identity.signature_invalid", "command", "18")?.id).toBe("T0855")
    expect(techniqueOf("identity.signature_invalid", "command", "19")?.id).toBe("T1692.001")
    expect(techniqueOf("identity.signature_invalid", "telemetry", "19")?.id).toBe("T1692.002")
    expect(techniqueOf("integrity.firmware_tampered", "firmware", "19")?.id).toBe("T1693.001")
    expect(techniqueOf("anomaly.learning", "telemetry", "19")).toBeNull()
  })
})

it("every reason brings its sentence and its remedy", () => {
  for (const code of CODES) {
    const { reasons } = eventOf(decidedAt(1, { outcome: "quarantined", reasons: [code] }), OPTIONS)
    expect(reasons).toMatchObject([{ code, text: REASONS[code].text, remedy: REASONS[code].remedy }])
  }
})

it.each([
  [{ outcome: "verified", reasons: [] }, "allowed"],
  [{ outcome: "annotated" }, "annotated"],
  [{ outcome: "quarantined" }, "quarantined"],
  [{ outcome: "annotated", kind: "released", supersedes: message.origin }, "restored"],
  [{ outcome: "quarantined", kind: "revoked", supersedes: message.origin }, "revoked"],
])("%j is %s", (decision, disposition) => {
  expect(eventOf(decidedAt(1, decision), OPTIONS).disposition).toBe(disposition)
})

it("a storm is its first, with the number, the last and how many devices", () => {
  const changed = { outcome: "quarantined", reasons: ["anomaly.flood"] }
  const storm = { first: decidedAt(5, changed), last: decidedAt(90, changed), count: 40, devices: 1 }
  expect(eventOfStorm(storm, OPTIONS)).toMatchObject({
    key: "1/3/5..1/3/90",
    storm: { count: 40, lastKey: "1/3/90", lastTimeMs: message.time, devices: 1 },
    message: expect.stringMatching(/^40 decisions of one kind, the first: /),
  })
})
