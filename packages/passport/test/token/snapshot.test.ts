import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { openSnapshot, type Snapshot } from "../../src/index.ts"
import { toBase64 } from "../../src/issue.ts"
import { isRevoked } from "../../src/token/snapshot.ts"
import { claimsFor, filterOf, openedSnapshot, passportCwt, SELF, SLICE, signer, snapshotBytes } from "../made.ts"

const serial = (n: number): string => toBase64(createHash("sha256").update(`serial ${n}`).digest().subarray(0, 8))
const serials = (from: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => serial(from + i))

const reasonOf = async (bytes: Uint8Array, held: Snapshot | null = null): Promise<string | null> => {
  const found = await openSnapshot(bytes, SLICE, held)
  return "reason" in found ? found.reason : null
}

it("finds every serial that was put in, and few others", async () => {
  const revoked = serials(0, 1_000)
  // 10 bits and 7 places for each: 0.82 % by the formula of Bloom filters.
  const snapshot = await openedSnapshot({ filter: filterOf(revoked, 1_250, 7), places: 7 })
  expect(revoked.every((one) => isRevoked(snapshot, one))).toBe(true)
  const hits = serials(1_000, 10_000).filter((one) => isRevoked(snapshot, one)).length
  expect(hits).toBeLessThan(150)
})

it("without bytes revokes nobody", async () => {
  expect(isRevoked(await openedSnapshot({ filter: new Uint8Array(0) }), serial(1))).toBe(false)
})

describe("a snapshot is refused", () => {
  it.each<readonly [string, Uint8Array, string]>([
    ["of another signer", snapshotBytes({ iss: signer().did }), "snapshot.signer_unknown"],
    ["signed by another key", snapshotBytes({}, signer()), "snapshot.signature_invalid"],
    ["of another deployment", snapshotBytes({ aud: "https://other.example/" }), "snapshot.audience_refused"],
    ["without places", snapshotBytes({ places: 0 }), "snapshot.malformed"],
    ["with too many places", snapshotBytes({ places: 33 }), "snapshot.malformed"],
    ["with a short nonce", snapshotBytes({ nonce: "AAAA" }), "snapshot.malformed"],
    ["that is a passport", passportCwt(claimsFor(SELF)), "snapshot.malformed"],
    ["that is nothing", new Uint8Array(0), "snapshot.malformed"],
    ["with too many bytes", new Uint8Array(300_000), "snapshot.malformed"],
  ])("%s", async (_, bytes, reason) => {
    expect(await reasonOf(bytes)).toBe(reason)
  })

  it("that is older than the one held; the same version, issued later, is a new answer", async () => {
    const held = await openedSnapshot()
    expect(await reasonOf(snapshotBytes({ version: 4, iat: held.iat + 10 }), held)).toBe("snapshot.older")
    expect(await reasonOf(snapshotBytes({ version: 6, iat: held.iat - 10 }), held)).toBe("snapshot.older")
    expect(await reasonOf(snapshotBytes({ iat: held.iat + 10 }), held)).toBeNull()
    expect(await reasonOf(snapshotBytes({ version: 6 }), held)).toBeNull()
  })
})
