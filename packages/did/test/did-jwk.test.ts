/** Examples of the did:jwk method specification, and what Assay refuses beyond it. */
import { describe, expect, it } from "vitest"
import { encodeBase64url } from "../src/base64url.ts"
import { encodeDidJwk } from "../src/method/jwk.ts"
import { resolveDeviceKey } from "../src/resolve.ts"

const P256 =
  "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
/** RFC 8037 appendix A.2. */
const ED25519 = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }

const didOfBytes = (bytes: Uint8Array): string => `did:jwk:${encodeBase64url(bytes)}`
const didOf = (json: string): string => `did:jwk:${encodeBase64url(Buffer.from(json))}`

describe("did:jwk", () => {
  it("reads and writes the P-256 example", () => {
    const key = resolveDeviceKey(P256)
    if ("reason" in key) throw new Error(key.detail)
    expect(key.alg).toBe("ES256")
    expect(key.kid).toBe(`${P256}#0`)
    expect(encodeDidJwk(key)).toBe(P256)
  })

  it("reads Ed25519 in any order of members and with harmless extras", () => {
    const key = resolveDeviceKey(didOf(JSON.stringify({ ...ED25519, use: "sig", alg: "EdDSA", kid: "k1" })))
    if ("reason" in key) throw new Error(key.detail)
    expect(encodeBase64url(key.publicKey)).toBe(ED25519.x)
  })

  const json = JSON.stringify(ED25519)
  it.each([
    ["X25519", JSON.stringify({ ...ED25519, crv: "X25519" }), "did_unsupported"],
    ["RSA", JSON.stringify({ kty: "RSA", n: "AQAB", e: "AQAB" }), "did_unsupported"],
    ["a private key", JSON.stringify({ ...ED25519, d: ED25519.x }), "did_invalid"],
    ["a key for encryption", JSON.stringify({ ...ED25519, use: "enc" }), "did_invalid"],
    ["another algorithm", JSON.stringify({ ...ED25519, alg: "ES256" }), "did_invalid"],
    ["an RSA key of 2048 bits", JSON.stringify({ kty: "RSA", n: "A".repeat(342), e: "AQAB" }), "did_unsupported"],
    ["BLS12-381", JSON.stringify({ kty: "OKP", crv: "Bls12381G2", x: "A".repeat(128) }), "did_unsupported"],
    ["key_ops that do not verify", JSON.stringify({ ...ED25519, key_ops: ["sign"] }), "did_invalid"],
    ["empty key_ops", JSON.stringify({ ...ED25519, key_ops: [] }), "did_invalid"],
    ["key_ops that are no list", JSON.stringify({ ...ED25519, key_ops: "verify" }), "did_invalid"],
    ["key_ops that are no strings", JSON.stringify({ ...ED25519, key_ops: ["verify", 1] }), "did_invalid"],
    ["repeated key_ops", JSON.stringify({ ...ED25519, key_ops: ["verify", "verify"] }), "did_invalid"],
    ["a kid that is no string", JSON.stringify({ ...ED25519, kid: { a: 1 } }), "did_invalid"],
    ["a kid with half a surrogate pair", JSON.stringify({ ...ED25519, kid: "\ud800" }), "did_invalid"],
    ["a byte order mark", `\ufeff${JSON.stringify(ED25519)}`, "did_invalid"],
    ["whitespace", `${json} `, "did_invalid"],
    ["a repeated member", `${json.slice(0, -1)},"x":"AA"}`, "did_invalid"],
    ["a short x", JSON.stringify({ ...ED25519, x: "AAAA" }), "did_invalid"],
    ["an array", "[]", "did_invalid"],
    ["no JSON", "{", "did_invalid"],
    ["a point off the curve", JSON.stringify({ kty: "EC", crv: "P-256", x: ED25519.x, y: ED25519.x }), "weak_key"],
  ])("refuses %s", (_, text, reason) => {
    expect(resolveDeviceKey(didOf(text))).toMatchObject({ reason })
  })

  it("takes ext, as Web Crypto exports it, true or false and nothing else", () => {
    for (const ext of [true, false])
      expect(resolveDeviceKey(didOf(JSON.stringify({ ...ED25519, ext })))).toMatchObject({ alg: "Ed25519" })
    for (const ext of ["true", 1, null])
      expect(resolveDeviceKey(didOf(JSON.stringify({ ...ED25519, ext })))).toMatchObject({ reason: "did_invalid" })
  })

  it("takes key_ops with verify among them", () => {
    expect(resolveDeviceKey(didOf(JSON.stringify({ ...ED25519, key_ops: ["sign", "verify"] })))).toHaveProperty("alg")
  })

  it.each([
    ["a broken sequence", [0xff]],
    ["an overlong form", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a replacement character in its place reads, so it is the bytes that are refused", [0xc3]],
  ])("refuses what is no UTF-8: %s", (_, bytes) => {
    const [head, tail] = JSON.stringify({ ...ED25519, kid: "|" }).split("|") as [string, string]
    const did = didOfBytes(Buffer.concat([Buffer.from(head), Uint8Array.from(bytes), Buffer.from(tail)]))
    expect(resolveDeviceKey(did)).toMatchObject({ reason: "did_invalid" })
    expect(resolveDeviceKey(didOf(`${head}\ufffd${tail}`))).toHaveProperty("alg")
  })

  it("refuses base64url with padding or leftover bits", () => {
    expect(resolveDeviceKey(`${didOf(json)}=`)).toMatchObject({ reason: "did_invalid" })
    const tail = didOf("{}a")
    expect(resolveDeviceKey(tail)).toMatchObject({ reason: "did_invalid" })
  })
})
