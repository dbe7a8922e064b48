/**
 * did:key (W3C CCG). `z`, then base58btc of a multicodec prefix and the key: `ed01` for Ed25519 (`z6Mk...`),
 * `8024` for compressed P-256 (`zDn...`).
 */
import { decodeBase58, encodeBase58, isBase58, MAX_BASE58_LENGTH } from "../base58.ts"
import { type DidFailure, didFailure, type PublicKey } from "../key.ts"
import { isStrongEd25519Point } from "../point/ed25519.ts"
import { compressP256, decodeP256 } from "../point/p256.ts"

const prefixed = (first: number, second: number, key: Uint8Array): string => {
  const bytes = new Uint8Array(2 + key.length)
  bytes[0] = first
  bytes[1] = second
  bytes.set(key, 2)
  return `did:key:z${encodeBase58(bytes)}`
}

/** The did:key of a raw public key; an uncompressed P-256 point is compressed. Throws TypeError for a point off the curve. */
export const encodeDidKey = (key: PublicKey): string => {
  if (key.alg === "Ed25519") return prefixed(0xed, 0x01, key.publicKey)
  const raw = key.publicKey
  const point = raw.length === 65 ? compressP256(raw.subarray(1, 33), raw.subarray(33)) : raw
  if (point === null) throw new TypeError("not a point of P-256")
  return prefixed(0x80, 0x24, point)
}

/** The key of a did:key's method-specific identifier, or why there is none. */
export const decodeDidKey = (id: string): PublicKey | DidFailure => {
  if (!id.startsWith("z")) return didFailure("did_invalid", "not multibase base58btc")
  // RSA, BLS12-381 G2, P-384 and P-521 keys: rightly written, and of no kind that signs here.
  if (id.length > MAX_BASE58_LENGTH && isBase58(id.slice(1)))
    return didFailure("did_unsupported", "longer than any Ed25519 or P-256 key")
  const bytes = decodeBase58(id.slice(1))
  if (bytes === null || bytes.length < 3) return didFailure("did_invalid", "not base58btc")
  if (bytes[0] === 0xed && bytes[1] === 0x01) {
    if (bytes.length !== 34) return didFailure("did_invalid", "an Ed25519 key has 32 bytes")
    const publicKey = bytes.subarray(2)
    if (!isStrongEd25519Point(publicKey)) return didFailure("weak_key", "low order or not canonical")
    return { alg: "Ed25519", publicKey }
  }
  if (bytes[0] === 0x80 && bytes[1] === 0x24) {
    if (bytes.length !== 35) return didFailure("did_invalid", "a compressed P-256 key has 33 bytes")
    const publicKey = decodeP256(bytes.subarray(2))
    return publicKey === null ? didFailure("weak_key", "not a P-256 point") : { alg: "ES256", publicKey }
  }
  return didFailure("did_unsupported", "the multicodec is neither Ed25519 nor P-256")
}
