/** Public keys as Assay passes them around: an algorithm and raw bytes. */
import { createPublicKey, type KeyObject } from "node:crypto"
import { decodeBase64url } from "./base64url.ts"

export type Algorithm = "Ed25519" | "ES256"

/** The key alone fixes the algorithm; no header may choose another. */
export interface PublicKey {
  readonly alg: Algorithm
  /** Ed25519: 32 bytes (RFC 8032). ES256: SEC 1, 33 bytes compressed or 65 uncompressed. */
  readonly publicKey: Uint8Array
}

export type DidReason = "did_unsupported" | "did_invalid" | "weak_key"

/** Why a DID gave no key; `reason` is the tail of an `identity.*` reason code. */
export interface DidFailure {
  readonly reason: DidReason
  readonly detail: string
}

export const didFailure = (reason: DidReason, detail: string): DidFailure => ({ reason, detail })

/** The raw public key of a private or public KeyObject. Throws TypeError where it is neither Ed25519 nor P-256. */
export const publicKeyOf = (key: KeyObject): PublicKey => {
  const jwk = (key.type === "private" ? createPublicKey(key) : key).export({ format: "jwk" })
  const x = decodeBase64url(jwk.x ?? "")
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519" && x !== null) return { alg: "Ed25519", publicKey: x }
  const y = decodeBase64url(jwk.y ?? "")
  if (jwk.kty === "EC" && jwk.crv === "P-256" && x !== null && y !== null)
    return { alg: "ES256", publicKey: Buffer.concat([Uint8Array.of(2 + (y[31]! & 1)), x]) }
  throw new TypeError(`neither Ed25519 nor P-256: ${key.asymmetricKeyType}`)
}
