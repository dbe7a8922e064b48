/** A revocation that reaches back, in the last stage: what it takes back, once, and whom it leaves alone. */
import type { Revocation, RevocationPart } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { Harness } from "./harness.ts"

const D = "did:key:zA"
const ISSUER = "did:key:zIssuer"
const ONE = ["did:key:zOp1"]
const TWO = ["did:key:zOp1", "did:key:zOp2"]
const FIRST = "f".repeat(43)
const SECOND = "s".repeat(43)

const order = (harness: Harness, more: Partial<Revocation> = {}, signers = TWO) => {
  const revocation: Revocation = { of: "issuer", from: 500, list: null, ...more }
  const what = { kind: "command", verb: "revoke", target: ISSUER, signers, reason: "test", revocation } as const
  return harness.control({ accepted: true, reasons: [], what })
}
/** The harness is partition 3. */
const list = { heads: [null, null, null, FIRST], decisions: 2 }
const partOf = (more: Partial<RevocationPart> = {}): RevocationPart => ({
  hash: FIRST,
  next: null,
  devices: [D],
  decisions: [
    { offset: 1, outcome: "verified", at: 7 },
    { offset: 3, outcome: "annotated", at: 2 },
  ],
  total: null,
  ...more,
})
const begun = (): Harness => {
  const harness = new Harness()
  harness.trusted(D)
  order(harness)
  order(harness, { list })
  return harness
}
const REFUSED = [{ kind: "control", accepted: false, reasons: ["anomaly.nothing_to_revoke"] }]

describe("a part of the list", () => {
  it("takes back each decision that it names, and the trust of each device", () => {
    const harness = begun()
    const { releases, events } = order(harness, { list, part: partOf() })
    expect(releases).toMatchObject([
      { origin: { offset: 1 }, issued: { outcome: "verified", at: 7 } },
      { origin: { offset: 3 }, issued: { outcome: "annotated", at: 2 } },
    ])
    for (const { decision, origin } of releases)
      expect(decision).toEqual({
        outcome: "quarantined",
        reasons: ["anomaly.revoked_since", "credential.issuer_withdrawn"],
        trust: null,
        reputation: null,
        kind: "revoked",
        supersedes: origin,
      })
    expect(events).toMatchObject([
      { kind: "control", accepted: true },
      { kind: "transition", device: D, from: "trusted", to: "watched" },
    ])
    expect(harness.trust(D)).toBe("watched")
  })

  it.each([
    ["key", "anomaly.device_revoked"],
    ["credential", "credential.revoked"],
    ["document-key", "identity.key_revoked"],
    ["issuer-key", "credential.issuer_key_withdrawn"],
  ] as const)("of a %s names %s", (of, reason) => {
    const harness = new Harness()
    harness.trusted(ISSUER)
    order(harness, { of })
    order(harness, { of, list })
    const { releases } = order(harness, { of, list, part: partOf({ devices: [] }) })
    expect(releases.map(({ decision }) => decision.reasons)).toEqual([
      ["anomaly.revoked_since", reason],
      ["anomaly.revoked_since", reason],
    ])
    expect(harness.trust(ISSUER)).toBe(of === "key" ? "revoked" : "trusted")
  })

  it("counts once, and so does what it names, whichever list names it", () => {
    const harness = begun()
    expect(order(harness, { list, part: partOf() }).releases).toHaveLength(2)
    expect(order(harness, { list, part: partOf() }).events).toMatchObject(REFUSED)
    order(harness, { list: { heads: [null, null, null, SECOND], decisions: 2 } })
    expect(order(harness, { list, part: partOf({ hash: SECOND }) }).events).toMatchObject(REFUSED)
  })

  it("counts in its order alone, and where operators have signed its list", () => {
    const harness = begun()
    expect(order(harness, { list, part: partOf({ hash: SECOND }) }).events).toMatchObject(REFUSED)
    expect(order(harness, { from: 400, list, part: partOf() }).events).toMatchObject(REFUSED)
    expect(order(harness, { list, part: partOf({ next: SECOND }) }).releases).toHaveLength(2)
    const later = partOf({ hash: SECOND, devices: [], decisions: [{ offset: 4, outcome: "verified", at: 9 }] })
    expect(order(harness, { list, part: later }).releases).toHaveLength(1)
  })

  it("tells in one incident how many there were and how long it took", () => {
    const harness = begun()
    harness.time += 5_000
    const total = { decisions: 2, devices: 1, partitions: 1 }
    const { events } = order(harness, { list, part: partOf({ total }) })
    const incident = events.find(({ kind }) => kind === "incident") as { readonly detail: string }
    expect(JSON.parse(incident.detail)).toMatchObject({ ...total, of: "issuer", target: ISSUER, from: 500 })
    expect(JSON.parse(incident.detail).tookMs).toBeGreaterThanOrEqual(5_000)
  })

  it("takes nothing back that was decided after it", () => {
    const harness = begun()
    const decisions = [{ offset: 1_000_000, outcome: "verified", at: 1 }] as const
    expect(order(harness, { list, part: partOf({ decisions }) }).events).toMatchObject(REFUSED)
  })

  it("moves no device that is not trusted", () => {
    const harness = begun()
    harness.command("quarantine", D, ONE)
    const { events } = order(harness, { list, part: partOf() })
    expect(events.filter(({ kind }) => kind === "transition")).toEqual([])
    expect(harness.trust(D)).toBe("quarantined")
  })
})

describe("the command", () => {
  it("needs two operators, and says once that it is revoked", () => {
    const harness = new Harness()
    expect(order(harness, {}, ONE).events).toMatchObject([{ accepted: false, reasons: ["control.threshold"] }])
    expect(order(harness).events).toMatchObject([{ accepted: true }])
    expect(order(harness).events).toMatchObject(REFUSED)
  })

  it("of a key revokes its device", () => {
    const harness = new Harness()
    harness.trusted(D)
    const revocation: Revocation = { of: "key", from: 500, list: null }
    const what = { kind: "command", verb: "revoke", target: D, signers: TWO, reason: "test", revocation } as const
    const { events } = harness.control({ accepted: true, reasons: [], what })
    expect(events).toMatchObject([
      { kind: "control", accepted: true },
      { kind: "transition", to: "revoked" },
    ])
    expect(harness.trust(D)).toBe("revoked")
  })
})
