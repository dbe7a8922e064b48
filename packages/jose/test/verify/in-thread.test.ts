import { createPublicKey, generateKeyPairSync, verify } from "node:crypto"
import { encodeDidKey, publicKeyOf, resolveDeviceKey } from "@assay/did"
import { describe, expect, it } from "vitest"
import { signRaw } from "../../src/sign.ts"
import { INVALID, importKey, isWellFormedSignature, VALID, verifyNow, WEAK_KEY } from "../../src/verify/in-thread.ts"

const INPUT = Buffer.from("signing input")
const ed = generateKeyPairSync("ed25519")
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" })
const N = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
const L = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"
const zeros = "00".repeat(32)
const one = `${"00".repeat(31)}01`

/** S + L, little-endian: the same signature in the second spelling that RFC 8032 forbids. */
const plusL = (signature: Buffer): Buffer => {
  const bent = Buffer.from(signature)
  let carry = 0
  for (let i = 0; i < 32; i++) {
    carry += signature[32 + i]! + Number.parseInt(L.slice(2 * i, 2 * i + 2), 16)
    bent[32 + i] = carry & 0xff
    carry >>= 8
  }
  return bent
}

describe("verifyNow", () => {
  it("takes honest signatures of both algorithms, the P-256 key in either form", () => {
    const key = publicKeyOf(p256.publicKey)
    const jwk = p256.publicKey.export({ format: "jwk" })
    const full = Buffer.concat([Uint8Array.of(4), Buffer.from(jwk.x!, "base64url"), Buffer.from(jwk.y!, "base64url")])
    expect(verifyNow(publicKeyOf(ed.publicKey), INPUT, signRaw(ed.privateKey, INPUT))).toBe(VALID)
    expect(verifyNow(key, INPUT, signRaw(p256.privateKey, INPUT))).toBe(VALID)
    expect(verifyNow({ alg: "ES256", publicKey: full }, INPUT, signRaw(p256.privateKey, INPUT))).toBe(VALID)
  })

  it("refuses the identity point as a key, whose forged signature fits every message", () => {
    const publicKey = Buffer.from(`01${"00".repeat(31)}`, "hex")
    const forged = Buffer.from(`01${"00".repeat(63)}`, "hex")
    expect(verifyNow({ alg: "Ed25519", publicKey }, INPUT, forged)).toBe(WEAK_KEY)
    expect(importKey({ alg: "Ed25519", publicKey })).toBeNull()
  })

  it("refuses a signature with a low-order R", () => {
    const forged = Buffer.from(`01${"00".repeat(63)}`, "hex")
    expect(isWellFormedSignature("Ed25519", forged)).toBe(false)
    expect(verifyNow(publicKeyOf(ed.publicKey), INPUT, forged)).toBe(INVALID)
  })

  it("refuses S + L", () => {
    const bent = plusL(signRaw(ed.privateKey, INPUT))
    expect(isWellFormedSignature("Ed25519", bent)).toBe(false)
    expect(verifyNow(publicKeyOf(ed.publicKey), INPUT, bent)).toBe(INVALID)
  })

  it.each([
    ["r = 0", zeros + one, false],
    ["s = 0", one + zeros, false],
    ["r = n", N + one, false],
    ["s = n", one + N, false],
    ["s above n", one + "ff".repeat(32), false],
    ["r = s = 1", one + one, true],
    ["s = n - 1", `${one}${N.slice(0, -1)}0`, true],
  ])("ES256: %s", (_, hex, wellFormed) => {
    const signature = Buffer.from(hex, "hex")
    expect(isWellFormedSignature("ES256", signature)).toBe(wellFormed)
    expect(verifyNow(publicKeyOf(p256.publicKey), INPUT, signature)).toBe(INVALID)
  })

  it("refuses DER in place of r and s", () => {
    expect(isWellFormedSignature("ES256", Buffer.alloc(70, 1))).toBe(false)
  })

  it("finds a compressed x without a point", () => {
    // Half of all x have none; search the first.
    for (let x = 1; x < 100; x++) {
      const publicKey = Buffer.concat([Uint8Array.of(2), Buffer.alloc(31), Uint8Array.of(x)])
      const found = verifyNow({ alg: "ES256", publicKey }, INPUT, signRaw(p256.privateKey, INPUT))
      if (found !== WEAK_KEY) continue
      expect(importKey({ alg: "ES256", publicKey })).toBeNull()
      expect(resolveDeviceKey(encodeDidKey({ alg: "ES256", publicKey }))).toHaveProperty("kid")
      return
    }
    throw new Error("every x had a point")
  })

  it("never uses a key with the other algorithm", () => {
    const signature = signRaw(ed.privateKey, INPUT)
    const { publicKey } = publicKeyOf(ed.publicKey)
    expect(verify(null, INPUT, createPublicKey(ed.privateKey), signature)).toBe(true)
    expect(verifyNow({ alg: "ES256", publicKey }, INPUT, signature)).toBe(WEAK_KEY)
    expect(verifyNow({ alg: "Ed25519", publicKey: publicKeyOf(p256.publicKey).publicKey }, INPUT, signature)).toBe(
      WEAK_KEY,
    )
  })
})
