/** Which quarantined messages are issued once the item that they were judged by was superseded, and which never. */
import { parsePolicy } from "@assay/segmentation"
import {
  type Active,
  type AssayedMessage,
  itemKey,
  type Knowledge,
  knowledgeOf,
  type MessageClaims,
  type ReasonCode,
  type StageName,
  type TrustBundle,
  type Verdict,
} from "@assay/trust"
import { describe, expect, it } from "vitest"
import { fateOf } from "../src/rejudge/fate.ts"
import { REJUDGEABLE } from "../src/rejudge/standing.ts"

const TIME = Date.UTC(2026, 5, 1, 12, 0)
const NOW = TIME + 86_400_000
const OLD = "a".repeat(64)
const FW = { vendor: "acme", class: "pump", digest: "ab".repeat(32), version: "1.0", svn: 2 }

const policyOf = (conduit: string) => {
  const { policy, problems } = parsePolicy(`kind: assay/segmentation/v1
version: 2
issued: 2026-01-01T00:00:00Z
expires: 2027-01-01T00:00:00Z
zones:
  - { id: field, securityLevel: 1 }
  - { id: plant, securityLevel: 2, audiences: ["https://p.example/*"] }
assignments:
  - { zone: field, vendor: acme, class: pump }
conduits:
  - { id: c, from: field, to: plant, owner: o, reason: r, ${conduit} }
lateral: { zones: 2, window: 10m }
`)
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([])
  return policy!
}
const active = <T>(body: T, hash: string, expires = NOW + 1): Active<T> => ({ hash, version: 2, expires, body })

interface Given {
  readonly conduit?: string
  readonly firmware?: TrustBundle["firmware"]
  readonly freshness?: number
  readonly policyHash?: string
  readonly expires?: number
}
const knowledge = ({
  conduit = "actions: [telemetry, event, command]",
  firmware = [{ ...FW, status: "good" }],
  freshness = 3_600,
  policyHash = "b".repeat(64),
  expires = NOW + 1,
}: Given = {}): Knowledge =>
  knowledgeOf(
    new Map<string, Active<unknown>>([
      [itemKey("policy", ""), active(policyOf(conduit), policyHash, expires)],
      [
        itemKey("bundle", ""),
        active({ trustDomain: "https://p.example/", firmware, minimumSvn: { "acme/pump": 2 } }, "c".repeat(64)),
      ],
      [itemKey("profile", ""), active({ freshness: { telemetry: freshness, event: freshness } }, "d".repeat(64))],
    ]),
  )

const verdict = (reasons: ReadonlyArray<ReasonCode>): Verdict => ({
  outcome: "fail",
  reasons,
  observed: [],
  obligations: [],
  knowledge: [OLD],
  assurance: "software",
  logic: 1,
  detail: null,
})

const message = (
  reasons: ReadonlyArray<ReasonCode>,
  claims: Partial<MessageClaims> = {},
  over: Partial<AssayedMessage> = {},
): AssayedMessage => {
  const of = (stage: StageName) => verdict(reasons.filter((code) => code.startsWith(`${stage}.`)))
  return {
    origin: { epoch: 1, partition: 0, offset: 7 },
    time: TIME,
    key: "did:key:a",
    envelope: { bytes: Buffer.from("x"), mediaType: "", binding: "test", originator: null, principal: null },
    claims: {
      kind: "message",
      alg: "Ed25519",
      kid: "did:key:a#a",
      iss: "did:key:a",
      aud: "https://p.example/line",
      iat: TIME / 1000 - 60,
      digest: "A".repeat(43),
      act: "telemetry",
      epo: 1,
      seq: 1,
      prv: null,
      fw: FW,
      body: null,
      ...claims,
    },
    subject: { vendor: "acme", class: "pump", assurance: "software" } as NonNullable<AssayedMessage["subject"]>,
    readings: [],
    verdicts: {
      identity: of("identity"),
      credential: of("credential"),
      integrity: of("integrity"),
      segmentation: of("segmentation"),
      anomaly: of("anomaly"),
    },
    decision: {
      outcome: "quarantined",
      reasons,
      trust: "trusted",
      reputation: 0.8,
      kind: "original",
      supersedes: null,
    },
    ...over,
  }
}
const DENIED: ReasonCode = "segmentation.no_conduit"
const fate = (given: AssayedMessage, of: ReasonCode = DENIED, at = knowledge(), trust = "trusted" as const) =>
  fateOf(of, given, trust, at, NOW)

describe("a quarantined message", () => {
  it.each([
    ["segmentation.no_conduit", {}],
    ["segmentation.guardrail", {}],
    ["segmentation.unassigned", {}],
    ["segmentation.policy_changed", {}],
    ["integrity.reference_changed", {}],
    ["integrity.firmware_unknown", {}],
    ["integrity.firmware_tampered", {}],
    ["identity.stale", {}],
  ] as const)("of %s is issued once the corrected item lets it pass", (code, given) => {
    expect(fate(message([code]), code, knowledge(given))).toBeNull()
  })

  it("stays for all other reasons, and never for want of a rule is one judged to have fallen", () => {
    for (const code of [
      "identity.equivocation",
      "identity.clone_evidence",
      "credential.revoked",
      "segmentation.lateral_movement",
      "anomaly.flood",
    ] as const) {
      expect(REJUDGEABLE).not.toContain(code)
      expect(fate(message([code]), code)).toBe("not by knowledge")
      // Nor does it go along with one that has fallen.
      expect(fate(message([DENIED, code]))).toBe("not by knowledge")
    }
  })

  it.each(["command", "config", "firmware"] as const)("that is a %s is never issued later", (act) => {
    expect(fate(message([DENIED], { act }))).toBe("not deliverable")
  })

  it.each([
    ["the item that it cites is in force", knowledge({ policyHash: OLD }), "not superseded"],
    ["the item in force has expired", knowledge({ expires: NOW }), "not superseded"],
    ["nothing is in force", knowledgeOf(new Map()), "not superseded"],
    ["the corrected policy denies it too", knowledge({ conduit: "actions: [event]" }), "holds"],
    ["the conduit was shut then", knowledge({ conduit: 'actions: [telemetry], window: "13:00-14:00"' }), "holds"],
    ["its reputation was too low", knowledge({ conduit: "actions: [telemetry], minTrust: 90" }), "holds"],
    ["its assurance is too low", knowledge({ conduit: "actions: [telemetry], minAssurance: hardware" }), "holds"],
  ] as const)("stays where %s", (_what, at, why) => {
    expect(fate(message([DENIED]), DENIED, at)).toBe(why)
  })

  it.each([
    ["is not listed", []],
    ["is revoked", [{ ...FW, status: "revoked" as const }]],
    ["is of another version", [{ ...FW, version: "1.1", status: "good" as const }]],
    ["is below the minimum", [{ ...FW, svn: 1, status: "good" as const }]],
  ])("stays where its firmware %s", (_what, firmware) => {
    const code = "integrity.firmware_tampered"
    expect(
      fate(message([code], firmware[0]?.svn === 1 ? { fw: { ...FW, svn: 1 } } : {}), code, knowledge({ firmware })),
    ).toBe("holds")
  })

  it("stays where it was too old by the corrected profile too", () => {
    expect(fate(message(["identity.stale"]), "identity.stale", knowledge({ freshness: 59 }))).toBe("holds")
  })

  it("stays while its device is withheld, and where it was no original decision for that reason", () => {
    for (const trust of ["quarantined", "revoked"] as const)
      expect(fateOf(DENIED, message([DENIED]), trust, knowledge(), NOW)).toBe("device withheld")
    const gated = message([DENIED, "anomaly.device_quarantined"])
    expect(fate(gated)).toBeNull()
    expect(fate(message(["segmentation.unassigned"]))).toBe("not quarantined for it")
    const released = { ...gated, decision: { ...gated.decision!, kind: "released" as const } }
    expect(fate(released)).toBe("not quarantined for it")
    const rejected = { ...gated, decision: { ...gated.decision!, outcome: "annotated" as const } }
    expect(fate(rejected)).toBe("not quarantined for it")
  })
})
