/** RFC 8392, appendix A: CBOR Web Tokens that others made. Their claims are read, their signature holds, and as messages they are refused. */
import { createPublicKey, verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { decodeCbor, encodeCbor, parseSign1, signingInputOf } from "../../src/index.ts"

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ""), "hex")
const base64url = (text: string): string => hex(text).toString("base64url")

/** A.1. */
const CLAIMS = hex(`a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b7703
7818636f61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0
051a5610d9f0061a5610d9f007420b71`)

/** A.2.3. */
const KEY = createPublicKey({
  format: "jwk",
  key: {
    kty: "EC",
    crv: "P-256",
    x: base64url("143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f"),
    y: base64url("60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9"),
  },
})

/** A.3. */
const SIGNED = hex(`d28443a10126a104524173796d6d657472696345434453413235365850a701756
36f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f
61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d
9f0061a5610d9f007420b7158405427c1ff28d23fbad1f29c4c7c6a555e601d6f
a29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee743a5
2b9b63632c57209120e1c9e30`)

/** A.4, with the tag of a CWT. */
const MACED = hex(`d83dd18443a10104a1044c53796d6d65747269633235365850a70175636f6170
3a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a
2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d9f006
1a5610d9f007420b7148093101ef6d789200`)

const claims = new Map<number, unknown>([
  [1, "coap://as.example.com"],
  [2, "erikw"],
  [3, "coap://light.example.com"],
  [4, 1_444_064_944],
  [5, 1_443_944_944],
  [6, 1_443_944_944],
  [7, hex("0b71")],
])

describe("RFC 8392, appendix A", () => {
  it("A.1: the claims are read as the RFC says, and written as the same bytes", () => {
    expect(decodeCbor(CLAIMS)).toEqual(claims)
    expect(encodeCbor(claims as Parameters<typeof encodeCbor>[0])).toEqual(CLAIMS)
  })

  it("A.3: the signature holds over our Sig_structure", () => {
    const parts = decodeCbor(SIGNED.subarray(1)) as ReadonlyArray<Uint8Array>
    const [protectedHeader, , payload, signature] = parts as [Uint8Array, unknown, Uint8Array, Uint8Array]
    expect(Buffer.from(payload)).toEqual(CLAIMS)
    const options = { key: KEY, dsaEncoding: "ieee-p1363" } as const
    expect(verify("sha256", signingInputOf(protectedHeader, payload), options, signature)).toBe(true)
    const other = Buffer.from(payload)
    other[other.length - 1]! ^= 1
    expect(verify("sha256", signingInputOf(protectedHeader, other), options, signature)).toBe(false)
  })

  it("A.3 is no message and no status list: it has no typ, and its kid stands unprotected", () => {
    expect(parseSign1(SIGNED, ["m2m+cwt"])).toMatchObject({ reason: "header_refused" })
    expect(parseSign1(SIGNED, ["application/statuslist+cwt"], { isForeign: true })).toMatchObject({
      reason: "typ_refused",
    })
  })

  it("A.4 is refused: nobody but who could have made it checks a MAC, and its tag is another one", () => {
    for (const token of [MACED, MACED.subarray(2)])
      expect(parseSign1(token, ["m2m+cwt"], { isForeign: true })).toMatchObject({ reason: "malformed_cose" })
  })

  it("A.7: a time may have a fraction", () => {
    expect(decodeCbor(hex("a106fb41d584367c200000"))).toEqual(new Map([[6, 1_443_944_944.5]]))
  })
})
