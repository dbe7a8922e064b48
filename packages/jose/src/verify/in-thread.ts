/** Signatures over signing inputs, checked here and now with Node's crypto behind our own checks of keys and signatures. */
import { createPublicKey, type KeyObject, verify } from "node:crypto"
import { decodeP256, isStrongEd25519Point, type PublicKey } from "@assay/did"
import { derOfSignature } from "./der.ts"

/** Bytes of a signature of either algorithm. */
export const SIGNATURE_BYTES = 64

/** What a verification found. ERROR: our own machinery failed; says nothing about the signature. */
export const INVALID = 0
export const VALID = 1
export const WEAK_KEY = 2
export const ERROR = 3
export type Verification = typeof INVALID | typeof VALID | typeof WEAK_KEY | typeof ERROR

/** Order of the base point of edwards25519, little-endian, and of P-256, big-endian. */
const L = Buffer.from("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010", "hex")
const N = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex")

const isBelowLittleEndian = (bytes: Uint8Array, at: number, bound: Uint8Array): boolean => {
  for (let i = 31; i >= 0; i--) if (bytes[at + i] !== bound[i]) return bytes[at + i]! < bound[i]!
  return false
}

/** Whether 1 <= the 32 big-endian bytes at `at` < n. */
const isScalarOfP256 = (bytes: Uint8Array, at: number): boolean => {
  let i = 0
  while (i < 32 && bytes[at + i] === N[i]) i++
  if (i === 32 || bytes[at + i]! > N[i]!) return false
  for (let j = 0; j < 32; j++) if (bytes[at + j] !== 0) return true
  return false
}

/** Whether a signature has a form that can verify: R strong and S < L; or r and s in 1..n-1. Costs below 0.2 us. */
export const isWellFormedSignature = (alg: PublicKey["alg"], signature: Uint8Array): boolean => {
  if (signature.length !== SIGNATURE_BYTES) return false
  return alg === "Ed25519"
    ? isStrongEd25519Point(signature) && isBelowLittleEndian(signature, 32, L)
    : isScalarOfP256(signature, 0) && isScalarOfP256(signature, 32)
}

// SubjectPublicKeyInfo up to the key bytes (RFC 8410; RFC 5480 with a compressed or an uncompressed point).
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex")
const COMPRESSED_SPKI = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex")
const UNCOMPRESSED_SPKI = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex")

/**
 * The key as DER, or null where it is weak or malformed. Of the ways to import (us per key: JWK 29/55, raw 30/90, DER
 * 33/42..65) DER is the only one that a single verification also takes directly, for 20 us.
 */
export const spkiOf = (key: PublicKey): Buffer | null => {
  const raw = key.publicKey
  if (key.alg === "Ed25519")
    return raw.length === 32 && isStrongEd25519Point(raw) ? Buffer.concat([ED25519_SPKI, raw]) : null
  if (raw.length === 65) return raw[0] === 4 ? Buffer.concat([UNCOMPRESSED_SPKI, raw]) : null
  return decodeP256(raw) === null ? null : Buffer.concat([COMPRESSED_SPKI, raw])
}

/** The imported key, or null where it is weak, malformed or off its curve. */
export const importKey = (key: PublicKey): KeyObject | null => {
  const spki = spkiOf(key)
  if (spki === null) return null
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" })
  } catch {
    return null
  }
}

/** Verifies with an imported key. The caller has checked the signature's form. */
export const verifyImported = (
  alg: PublicKey["alg"],
  key: KeyObject,
  input: Uint8Array,
  signature: Uint8Array,
): boolean =>
  alg === "Ed25519" ? verify(null, input, key, signature) : verify("sha256", input, key, derOfSignature(signature))

/** Whether `signature` over `input` verifies under `key`. Synchronous, about 130 us; never throws. */
export const verifyNow = (key: PublicKey, input: Uint8Array, signature: Uint8Array): Verification => {
  const spki = spkiOf(key)
  if (spki === null) return WEAK_KEY
  if (!isWellFormedSignature(key.alg, signature)) return INVALID
  try {
    const options = { key: spki, format: "der", type: "spki" } as const
    const found =
      key.alg === "Ed25519"
        ? verify(null, input, options, signature)
        : verify("sha256", input, options, derOfSignature(signature))
    return found ? VALID : INVALID
  } catch {
    return WEAK_KEY
  }
}
