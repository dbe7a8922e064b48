import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { toBase64 } from "../../src/bytes/bytes.ts"
import { keyOfDid, kidOf } from "../../src/key/did.ts"
import { thumbprintOf, verify } from "../../src/key/verify.ts"
import { type Alg, signer } from "../made.ts"

const hex = (text: string): Uint8Array => Buffer.from(text, "hex")

describe.each([
  ["Ed25519", "key"],
  ["Ed25519", "jwk"],
  ["ES256", "key"],
  ["ES256", "jwk"],
] as ReadonlyArray<[Alg, "key" | "jwk"]>)("%s as did:%s", (alg, method) => {
  const one = signer(alg, method)
  it("verifies what the key signed, and nothing else", async () => {
    const key = keyOfDid(one.did)!
    expect(key.alg).toBe(alg)
    const input = Buffer.from("something")
    const signature = one.sign(input)
    expect(await verify(key, { input, signature })).toBe(true)
    expect(await verify(key, { input: Buffer.from("something else"), signature })).toBe(false)
    expect(await verify(keyOfDid(signer(alg).did)!, { input, signature })).toBe(false)
    expect(await verify(key, { input: input, signature: signature.subarray(1) })).toBe(false)
  })
  it("names its only key", () => {
    expect(kidOf(one.did)).toBe(method === "jwk" ? `${one.did}#0` : `${one.did}#${one.did.slice(8)}`)
  })
})

it("hashes what RFC 7638 hashes (the key of RFC 8037, appendix A.3)", async () => {
  const jwk = '{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
  const key = keyOfDid(`did:jwk:${toBase64(Buffer.from(jwk))}`)!
  expect(toBase64(await thumbprintOf(key))).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  expect(createHash("sha256").update(jwk).digest("base64url")).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
})

describe("keys under which one signature could fit every message", () => {
  it.each([
    ["the identity", "0100000000000000000000000000000000000000000000000000000000000000"],
    ["order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["order 4", "0000000000000000000000000000000000000000000000000000000000000000"],
    ["order 4, with the other sign", "0000000000000000000000000000000000000000000000000000000000000080"],
    ["order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"],
    ["order 8, with the other sign", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"],
    ["order 8, the other", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"],
    ["y = p, not canonical", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
    ["y = p + 1, not canonical", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"],
  ])("%s is refused", (_, point) => {
    const jwk = JSON.stringify({ crv: "Ed25519", kty: "OKP", x: toBase64(hex(point)) })
    expect(keyOfDid(`did:jwk:${toBase64(Buffer.from(jwk))}`)).toBeNull()
  })

  it("and as the R of a signature as well", async () => {
    const one = signer()
    const input = Buffer.from("x")
    const signature = Uint8Array.from(one.sign(input))
    signature.set(hex("0100000000000000000000000000000000000000000000000000000000000000"))
    expect(await verify(keyOfDid(one.did)!, { input, signature })).toBe(false)
  })
})

const jwkDid = (jwk: object | string): string =>
  `did:jwk:${toBase64(Buffer.from(typeof jwk === "string" ? jwk : JSON.stringify(jwk)))}`
const P256 = {
  crv: "P-256",
  kty: "EC",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}

it("reads the key of RFC 7517, and what does not forbid its use", () => {
  expect(keyOfDid(jwkDid(P256))?.alg).toBe("ES256")
  expect(keyOfDid(jwkDid({ ...P256, use: "sig", key_ops: ["verify"], alg: "ES256" }))?.alg).toBe("ES256")
})

it.each([
  ["another curve", jwkDid({ ...P256, crv: "P-384" })],
  ["a point off the curve", jwkDid({ ...P256, y: P256.x })],
  ["a key for encryption", jwkDid({ ...P256, use: "enc" })],
  ["a key that is not for verifying", jwkDid({ ...P256, key_ops: ["sign"] })],
  ["another algorithm", jwkDid({ ...P256, alg: "ES384" })],
  ["whitespace", jwkDid(JSON.stringify(P256, null, 1))],
  ["a member twice", jwkDid(JSON.stringify(P256).replace("{", '{"kty":"EC",'))],
  ["no object", jwkDid("null")],
  ["no JSON", jwkDid("{")],
  ["a method of the network", "did:web:plant.example"],
  ["RSA", "did:key:z4MX"],
  ["a foreign letter", "did:key:z6Mk0OIl"],
  ["nothing", ""],
  ["a DID too long", `did:key:z${"1".repeat(2_000)}`],
])("%s names no key", (_, did) => {
  expect(keyOfDid(did)).toBeNull()
})
