/** Vectors of the did:key specification (W3C CCG, test-vectors/ed25519-x25519.json and nist-curves.json). */
import { describe, expect, it } from "vitest"
import { decodeBase58, encodeBase58 } from "../src/base58.ts"
import { encodeDidJwk, jwkOf } from "../src/method/jwk.ts"
import { encodeDidKey } from "../src/method/key.ts"
import { resolveDeviceKey } from "../src/resolve.ts"

const ED25519 = [
  ["did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "4zvwRjXUKGfvwnParsHAS3HuSVzV5cA4McphgmoCtajS"],
] as const
const P256 = [
  [
    "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
    { x: "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI", y: "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU" },
  ],
  [
    "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv",
    { x: "igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns", y: "efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM" },
  ],
] as const

/** The right form of a key of any kind. */
const didOf = (multicodec: string, length: number): string =>
  `did:key:z${encodeBase58(Buffer.concat([Buffer.from(multicodec, "hex"), Buffer.alloc(length, 7)]))}`

describe("did:key", () => {
  it.each(ED25519)("reads and writes %s", (did, base58) => {
    const key = resolveDeviceKey(did)
    if ("reason" in key) throw new Error(key.detail)
    expect(key.alg).toBe("Ed25519")
    expect(encodeBase58(key.publicKey)).toBe(base58)
    expect(key.kid).toBe(`${did}#${did.slice("did:key:".length)}`)
    expect(encodeDidKey(key)).toBe(did)
  })

  it.each(P256)("reads and writes %s", (did, { x, y }) => {
    const key = resolveDeviceKey(did)
    if ("reason" in key) throw new Error(key.detail)
    expect(jwkOf(key)).toEqual({ kty: "EC", crv: "P-256", x, y })
    expect(encodeDidKey(key)).toBe(did)
    const asJwk = resolveDeviceKey(encodeDidJwk(key))
    if ("reason" in asJwk) throw new Error(asJwk.detail)
    // An uncompressed point names the same key, and goes back to the same did:key.
    expect(asJwk.publicKey).toHaveLength(65)
    expect(encodeDidKey(asJwk)).toBe(did)
  })

  it.each([
    ["an X25519 key", "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", "did_unsupported"],
    ["a key that is too short", `did:key:z${encodeBase58(Buffer.from("ed01aabb", "hex"))}`, "did_invalid"],
    ["another multibase", "did:key:u7QEAAA", "did_invalid"],
    ["an RSA key of 2048 bits", didOf("8524", 270), "did_unsupported"],
    ["an RSA key of 4096 bits", didOf("8524", 526), "did_unsupported"],
    ["a BLS12-381 G1 key", didOf("ea01", 48), "did_unsupported"],
    ["a BLS12-381 G2 key", didOf("eb01", 96), "did_unsupported"],
    ["a BLS12-381 G1 and G2 key", didOf("ee01", 144), "did_unsupported"],
    ["a P-384 key", didOf("8124", 49), "did_unsupported"],
    ["a P-521 key", didOf("8224", 67), "did_unsupported"],
    ["a long text that is no base58", `${didOf("8524", 270)}0`, "did_invalid"],
    ["a P-256 point that is not compressed", didOf("8024", 65), "did_invalid"],
    ["the same key in base64url", `did:key:u${Buffer.from("ed01", "hex").toString("base64url")}`, "did_invalid"],
    ["the same key in hexadecimal", "did:key:fed01d75a980182b10ab7d54bfed3c964073a0ee172f3", "did_invalid"],
    ["a letter outside base58", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0", "did_invalid"],
    ["a fragment", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#x", "did_invalid"],
    ["another method", "did:web:plant.example", "did_unsupported"],
    [
      "a P-256 x above the prime",
      `did:key:z${encodeBase58(Buffer.from(`802402${"ff".repeat(32)}`, "hex"))}`,
      "weak_key",
    ],
  ])("refuses %s", (_, did, reason) => {
    expect(resolveDeviceKey(did)).toMatchObject({ reason })
  })

  it("bounds the text before the quadratic loop", () => {
    expect(decodeBase58("2".repeat(129))).toBeNull()
  })
})
