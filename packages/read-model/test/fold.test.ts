/** What of the log becomes known of a device. */
import type { LogRecord } from "@assay/log"
import { coseMessage } from "@assay/message"
import { encodeAssayed, encodeAudit, encodeRejected, type RejectedRecord } from "@assay/schemas"
import { actor } from "@assay/testkit/actors"
import type { AssayedMessage, AuditEvent, Verdict } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { toDevice } from "../src/device.ts"
import { Fold } from "../src/fold.ts"
import { command, decision, message, rejectedBatch, rejectedRecord, TIME, transition } from "./events.ts"

const DID = "did:key:a"
const record = (offset: number, value: Uint8Array): LogRecord => ({
  offset,
  time: TIME + offset,
  key: Buffer.alloc(0),
  value,
})
const STORED = {
  positions: { audit: 9, verified: 0, annotated: 0, quarantined: 0, rejected: 0 },
  time: TIME,
  complete: true,
  devices: 1,
}

const folded = (events: ReadonlyArray<AuditEvent>, messages: ReadonlyArray<AssayedMessage> = []) => {
  const fold = new Fold(1, 0)
  fold.audit(events.map((event, offset) => record(offset, encodeAudit(event))))
  fold.decided(
    "telemetry.verified.v1",
    messages.map((one, offset) => record(offset, encodeAssayed(one))),
  )
  return fold
}
const shown = (fold: Fold, did = DID) => toDevice(did, 1, 0, Object.fromEntries(fold.patches.get(did) ?? []), STORED)

describe("a device in the model", () => {
  it("has the state of its last transition, and the decision on its last message", () => {
    const fold = folded(
      [
        transition(DID, 2, "learning"),
        decision(DID, 3, "annotated", { reputation: 0.5 }),
        decision(DID, 5, "verified", { trust: "trusted", reputation: 0.9 }),
        transition(DID, 4, "trusted", { from: "learning" }),
      ],
      [message(DID, 3, "cell-1"), message(DID, 5, "cell-2")],
    )
    expect(shown(fold)).toEqual({
      device: DID,
      partition: 0,
      state: "trusted",
      since: new Date(TIME + 4).toISOString(),
      reasons: [],
      life: null,
      label: null,
      reputation: 0.9,
      decision: {
        outcome: "verified",
        reasons: [],
        origin: "1/0/5",
        time: new Date(TIME + 5).toISOString(),
        kind: "original",
        supersedes: null,
      },
      zone: { id: "cell-2", policy: 7, origin: "1/0/5" },
      subject: { vendor: "Acme", class: "pump", assurance: "software" },
      quarantine: null,
      rejected: null,
      asOf: { offset: 9, time: new Date(TIME).toISOString() },
    })
  })

  it("says why it is quarantined: by what it did, or by whom", () => {
    const caught = transition(DID, 4, "quarantined", { reasons: ["identity.equivocation"] })
    expect(shown(folded([caught]))?.quarantine).toMatchObject({
      reasons: ["identity.equivocation"],
      operator: null,
      signers: [],
    })
    const shut = folded([command(DID, 8, "quarantine", "smells of smoke"), transition(DID, 8, "quarantined")])
    expect(shown(shut)?.quarantine).toMatchObject({
      operator: "smells of smoke",
      signers: ["did:key:op"],
      origin: "1/0/8",
    })
    const released = folded([caught, command(DID, 9, "release", "was a fan"), transition(DID, 9, "probation")])
    expect(shown(released)).toMatchObject({ state: "probation", quarantine: null })
  })

  it("takes a later decision on an old message for the last one, wherever its record stands", () => {
    const later = {
      ...decision(DID, 7, "annotated", { kind: "released", supersedes: { epoch: 1, partition: 0, offset: 3 } }),
      index: 6_000,
    }
    expect(shown(folded([later, decision(DID, 6, "quarantined")]))?.decision).toMatchObject({
      kind: "released",
      origin: "1/0/7",
      supersedes: "1/0/3",
    })
  })

  it("that nobody admitted has the trust that its messages met", () => {
    expect(shown(folded([decision(DID, 1, "quarantined")]))).toMatchObject({ state: "learning", since: null })
  })

  it("is not there for having been named by others", () => {
    const batch: AuditEvent = { ...decision(DID, 1, "verified"), kind: "rejected-batch", device: null, decision: null }
    const fold = folded([
      batch,
      { ...command(DID, 2, "revoke", "x"), count: 0 },
      command("all", 3, "breaker-override", "x"),
    ])
    expect([...fold.patches]).toEqual([])
    expect(fold.unreadable).toEqual([])
    // An operator's command alone is no device either.
    expect(shown(folded([command(DID, 2, "revoke", "x")]))).toBeNull()
  })

  it("loses its zone where the policy assigns none, and keeps it where no policy tells", () => {
    const before = message(DID, 1, "cell-1")
    expect(shown(folded([], [before, message(DID, 2, null)]))?.zone).toEqual({
      id: null,
      policy: null,
      origin: "1/0/2",
    })
    const known = message(DID, 2, "x")
    const segmentation: Verdict = {
      ...known.verdicts.segmentation!,
      reasons: ["segmentation.policy_missing"],
      detail: null,
    }
    const unmapped = { ...known, verdicts: { ...known.verdicts, segmentation } }
    expect(shown(folded([], [before, unmapped]))?.zone?.id).toBe("cell-1")
    const said = message(DID, 3, "x")
    const { alg, kid, iss, aud, iat, digest } = said.claims!
    const claims = { kind: "presentation", alg, kid, iss, aud, iat, digest, credentials: ["e30.e30.AA"] } as const
    const presentation = { ...said, claims }
    expect(shown(folded([], [before, presentation]))?.zone?.id).toBe("cell-1")
  })
})

describe("records that are none", () => {
  it.each([
    ["junk", Buffer.from("junk")],
    ["nothing", Buffer.alloc(0)],
    ["a cut event", encodeAudit(decision(DID, 1, "verified")).subarray(0, 40)],
    ["another stream's record", encodeAssayed(message(DID, 1, "z"))],
    [
      "another partition's event",
      encodeAudit({ ...decision(DID, 1, "verified"), origin: { epoch: 1, partition: 3, offset: 1 } }),
    ],
    [
      "another epoch's event",
      encodeAudit({ ...decision(DID, 1, "verified"), origin: { epoch: 2, partition: 0, offset: 1 } }),
    ],
    ["an event with an endless name", encodeAudit(decision(`did:${"x".repeat(5_000)}`, 1, "verified"))],
    ["a command that is no JSON", encodeAudit({ ...command(DID, 1, "revoke", "x"), detail: "{" })],
  ])("%s is noted, and what comes after is read", (_what, value) => {
    const fold = new Fold(1, 0)
    fold.audit([record(0, value), record(1, encodeAudit(decision(DID, 2, "verified")))])
    expect(fold.unreadable).toMatchObject([{ offset: 0 }])
    expect([...fold.patches.keys()]).toEqual([DID])
  })
})

describe("what was rejected", () => {
  const of = (...records: ReadonlyArray<RejectedRecord>) => {
    const fold = new Fold(1, 0)
    fold.rejected(records.map((one, offset) => record(offset, encodeRejected(one))))
    return fold
  }

  it("is kept of the device that had signed it, in order, with who handed it in", () => {
    const fold = of(rejectedRecord(DID, 4), rejectedRecord(DID, 7, { principal: null, detail: null }))
    const kept = fold.rejections.get(DID)!
    expect(kept).toHaveLength(2)
    expect(kept.toSorted()).toEqual(kept)
    expect(toDevice(DID, 1, 0, { ...trustedSince(3), r: kept[0]!, rc: "1" }, STORED)?.rejected).toEqual({
      count: 1,
      reasons: ["identity.replayed"],
      detail: "was said before",
      principal: "gateway-1",
      time: new Date(TIME + 4).toISOString(),
      origin: "1/0/4",
    })
  })

  it("is kept of a device whatever the format of its message is", () => {
    const { did, kid, key } = actor()
    const value = coseMessage({ iss: did, aud: "https://plant.example/", iat: 1, vc: [] }, key, kid)
    expect([...of(rejectedRecord(did, 4, { value })).rejections.keys()]).toEqual([did])
  })

  it("is nobody's where nobody has signed it, or where the record lies under another name than the message", () => {
    const other = rejectedRecord("did:key:b", 6)
    const fold = of(
      rejectedRecord(DID, 4, { signed: false }),
      { ...other, key: Buffer.from(DID) },
      rejectedRecord(DID, 8, { value: Buffer.from("no token") }),
      rejectedRecord(DID, 9, { value: Buffer.from("a.%%%.b") }),
    )
    expect(fold.rejections.size).toBe(0)
    expect(fold.unreadable).toEqual([])
  })

  it("is counted by principal, from the audit record; counts that are none are passed over", () => {
    const one = { principal: "gateway-1", rejected: 3, signed: 1 }
    const fold = folded([
      rejectedBatch(2, [one]),
      { ...rejectedBatch(3, []), detail: JSON.stringify({ principals: [{ ...one, rejected: "many" }] }) },
      { ...rejectedBatch(4, []), detail: null },
    ])
    expect(fold.principals).toEqual([{ ...one, time: TIME + 2, order: expect.any(String) }])
    expect(fold.unreadable).toMatchObject([{ offset: 1 }])
  })
})

const trustedSince = (offset: number) =>
  Object.fromEntries(folded([transition(DID, offset, "trusted")]).patches.get(DID)!)
