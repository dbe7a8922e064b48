/** W3C Bitstring Status List 1.0 (REC 2025-05-15): its examples. It has no other vectors; each of them has the same list of nothing but zeros. */
import type { JsonObject } from "@assay/jose"
import { signClaims } from "@assay/jose"
import { readShape } from "@assay/jose/shape"
import { actor } from "@assay/testkit/actors"
import { describe, expect, it } from "vitest"
import { deviceCredential } from "../../src/data-model/shape.ts"
import { decodeStatusList, MIN_ENTRIES, statusAt } from "../../src/status/list.ts"
import { readSignedList } from "../../src/status/signed-list.ts"

/** Example 3, and each in appendix A. */
const ENCODED = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"

const issuer = actor()

describe("W3C Bitstring Status List", () => {
  it("example 3: 131,072 entries, none of them set", () => {
    const list = decodeStatusList(ENCODED)!
    expect(list.length).toBe(MIN_ENTRIES)
    expect(list.bits.every((byte) => byte === 0)).toBe(true)
    expect([0, 94_567, MIN_ENTRIES - 1, MIN_ENTRIES].map((index) => statusAt(list, index))).toEqual([0, 0, 0, null])
  })

  it("example 3: the credential of the list is read, signed by an issuer of ours", () => {
    const credential = {
      "@context": ["https://www.w3.org/ns/credentials/v2"],
      id: "https://example.com/credentials/status/3",
      type: ["VerifiableCredential", "BitstringStatusListCredential"],
      issuer: issuer.did,
      validFrom: "2021-04-05T14:27:40Z",
      credentialSubject: {
        id: "https://example.com/status/3#list",
        type: "BitstringStatusList",
        statusPurpose: "revocation",
        encodedList: ENCODED,
      },
    }
    const read = readSignedList(signClaims(credential, issuer.key, { kid: issuer.kid, typ: "vc+jwt" }))
    expect(read).toMatchObject({ id: "https://example.com/credentials/status/3", purposes: ["revocation"] })
    expect("detail" in read ? read : read.open()).toMatchObject({ length: MIN_ENTRIES })
  })

  const entry = (over: JsonObject): JsonObject => ({
    id: "https://example.com/credentials/status/3#94567",
    type: "BitstringStatusListEntry",
    statusPurpose: "revocation",
    statusListIndex: "94567",
    statusListCredential: "https://example.com/credentials/status/3",
    ...over,
  })
  const withStatus = (credentialStatus: JsonObject | ReadonlyArray<JsonObject>) =>
    readShape(deviceCredential, {
      "@context": ["https://www.w3.org/ns/credentials/v2"],
      type: ["VerifiableCredential", "AssayDeviceCredential"],
      issuer: "did:example:12345",
      validFrom: "2024-04-05T14:27:42Z",
      validUntil: "2034-04-05T14:27:42Z",
      credentialStatus,
      credentialSubject: {
        id: "did:example:6789",
        vendor: "acme",
        class: "pump",
        capabilities: { measurements: [], actions: [], audiences: [], ratePerMinute: 1 },
      },
    } as JsonObject)

  it("example 1: an entry for revocation and one for suspension", () => {
    const suspended = entry({
      id: "https://example.com/credentials/status/4#23452",
      statusPurpose: "suspension",
      statusListIndex: "23452",
      statusListCredential: "https://example.com/credentials/status/4",
    })
    expect(withStatus([entry({}), suspended])).toMatchObject({
      value: {
        credentialStatus: [
          { statusPurpose: "revocation", statusListIndex: 94_567 },
          { statusPurpose: "suspension", statusListIndex: 23_452 },
        ],
      },
    })
  })

  it("example 2: a message is no status that a device can have, and is refused with its path", () => {
    const message = entry({ statusPurpose: "message", statusSize: 2, statusMessage: [] })
    expect(withStatus(message)).toMatchObject([
      { path: ["credentialStatus", 0, "statusMessage"], message: "is not a known key" },
      { path: ["credentialStatus", 0, "statusPurpose"] },
      { path: ["credentialStatus", 0, "statusSize"] },
    ])
  })
})
