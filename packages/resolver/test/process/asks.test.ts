import type { RejectedRecord } from "@assay/schemas"
import { START } from "@assay/testkit/fleet"
import type { Active, ReasonCode, TrustBundle } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { askedBy } from "../../src/process/asks.ts"
import { documented, world } from "./documented.ts"

const TIME = START * 1_000
const bundle: Active<TrustBundle> = { hash: "", version: 2, expires: Number.MAX_SAFE_INTEGER, body: world.bundle }
const { device, did } = documented(TIME - 86_400_000)

const record = (
  value: Uint8Array,
  reason: ReasonCode = "identity.document_missing",
  change: Partial<RejectedRecord> = {},
): RejectedRecord => ({
  origin: { epoch: 1, partition: 0, offset: 7 },
  time: TIME,
  key: Buffer.from(did),
  value,
  size: value.length,
  hash: null,
  reasons: [reason],
  detail: null,
  stage: "identity",
  batch: { epoch: 1, partition: 0, offset: 7 },
  principal: null,
  signed: false,
  ...change,
})

describe("who asks for a document", () => {
  it.each([
    "identity.document_missing",
    "identity.document_unavailable",
    "identity.document_expired",
    "identity.key_not_in_force",
  ] as const)("is a presentation that was rejected with %s", (reason) => {
    expect(askedBy(record(device.presentation().bytes, reason), bundle)).toBe(did)
  })

  it("asks for nothing without a credential of a trusted issuer for that very DID", () => {
    const shown = (...credentials: ReadonlyArray<string>) =>
      askedBy(record(device.presentation(credentials).bytes), bundle)
    const other = world.device("other")
    const rogue = world.deviceAs(device.profile.identity, "documented", { credential: { kind: "untrusted" } })
    const revoked = world.deviceAs(device.profile.identity, "documented", { credential: { kind: "revoked" } })
    expect(shown(...other.profile.credentials)).toBe(null)
    expect(shown(...rogue.profile.credentials)).toBe(null)
    expect(shown(...revoked.profile.credentials)).toBe(null)
    expect(shown("a.b.c")).toBe(null)
  })

  it("is no message, no other reason, and nobody before there is a bundle", () => {
    const shown = device.presentation().bytes
    expect(askedBy(record(device.message().bytes), bundle)).toBe(null)
    expect(askedBy(record(shown, "identity.replayed"), bundle)).toBe(null)
    expect(askedBy(record(shown), null)).toBe(null)
    expect(askedBy(record(shown.subarray(0, 40), "identity.document_missing", { hash: "ab" }), bundle)).toBe(null)
    expect(askedBy(record(Buffer.from("x")), bundle)).toBe(null)
    expect(askedBy(record(world.device("key").presentation().bytes), bundle)).toBe(null)
  })
})
