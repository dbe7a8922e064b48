/**
 * did:jwk: base64url of a public JWK's JSON. Here the JSON must be exactly what a compact serializer writes (no
 * whitespace, no repeated member, no second spelling), so that no two readers can see different keys in one DID.
 */
import { decodeBase64url, encodeBase64url } from "../base64url.ts"
import { type DidFailure, didFailure, type PublicKey } from "../key.ts"
import { isStrongEd25519Point } from "../point/ed25519.ts"
import { expandP256, isOnP256 } from "../point/p256.ts"

/** Members that say nothing about the key's bits, but may forbid its use; `ext`, which Web Crypto writes, forbids nothing. */
const OPTIONAL = new Set(["kid", "use", "alg", "key_ops", "ext"])

/** The did:jwk of a raw public key, members in the order of RFC 7638. Throws TypeError for a point off the curve. */
export const encodeDidJwk = (key: PublicKey): string => {
  const jwk = jwkOf(key)
  return `did:jwk:${encodeBase64url(Buffer.from(JSON.stringify(jwk)))}`
}

/** The required members of the key's JWK in lexicographic order, as RFC 7638 thumbprints want them. */
export const jwkOf = (key: PublicKey): Record<string, string> => {
  if (key.alg === "Ed25519") return { crv: "Ed25519", kty: "OKP", x: encodeBase64url(key.publicKey) }
  const point = expandP256(key.publicKey)
  if (point === null) throw new TypeError("not a point of P-256")
  return { crv: "P-256", kty: "EC", x: encodeBase64url(point.x), y: encodeBase64url(point.y) }
}

/** The key of a did:jwk's method-specific identifier, or why there is none. */
export const decodeDidJwk = (id: string): PublicKey | DidFailure => {
  const jwk = readJwk(id)
  if (jwk === null) return didFailure("did_invalid", "not canonical base64url of a compact JSON object")
  const curve = jwk.crv
  const isOkp = jwk.kty === "OKP" && curve === "Ed25519"
  if (!isOkp && !(jwk.kty === "EC" && curve === "P-256"))
    return didFailure("did_unsupported", "the JWK is neither Ed25519 nor P-256")
  for (const member in jwk)
    if (!OPTIONAL.has(member) && !["kty", "crv", "x", isOkp ? "" : "y"].includes(member))
      return didFailure("did_invalid", `the JWK has a member ${JSON.stringify(member)}`)
  if (jwk.use !== undefined && jwk.use !== "sig") return didFailure("did_invalid", "the key is not for signatures")
  if (!mayVerify(jwk.key_ops)) return didFailure("did_invalid", "key_ops is no list that says verify")
  if (jwk.ext !== undefined && typeof jwk.ext !== "boolean")
    return didFailure("did_invalid", "ext is neither true nor false")
  if (jwk.kid !== undefined && !isText(jwk.kid)) return didFailure("did_invalid", "kid is no text")
  if (!isAlgOf(jwk.alg, isOkp)) return didFailure("did_invalid", "alg is not the one of the key")
  const x = coordinate(jwk.x)
  if (x === null) return didFailure("did_invalid", "x is not 32 bytes of base64url")
  if (isOkp)
    return isStrongEd25519Point(x)
      ? { alg: "Ed25519", publicKey: x }
      : didFailure("weak_key", "low order or not canonical")
  const y = coordinate(jwk.y)
  if (y === null) return didFailure("did_invalid", "y is not 32 bytes of base64url")
  if (!isOnP256(x, y)) return didFailure("weak_key", "not a P-256 point")
  return { alg: "ES256", publicKey: Buffer.concat([Uint8Array.of(4), x, y]) }
}

/** Well formed: a lone surrogate has no UTF-8, so another reader may see another text. */
const isText = (value: unknown): value is string => typeof value === "string" && value.isWellFormed()

/** RFC 7517, section 4.3: strings, none twice; a key that lists what it is for must be for verifying. */
const mayVerify = (operations: unknown): boolean =>
  operations === undefined ||
  (Array.isArray(operations) &&
    operations.every(isText) &&
    new Set(operations).size === operations.length &&
    operations.includes("verify"))

const isAlgOf = (alg: unknown, isOkp: boolean): boolean =>
  alg === undefined || (isOkp ? alg === "Ed25519" || alg === "EdDSA" : alg === "ES256")

const coordinate = (text: unknown): Uint8Array | null => {
  const bytes = typeof text === "string" ? decodeBase64url(text) : null
  return bytes !== null && bytes.length === 32 ? bytes : null
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const readJwk = (id: string): Record<string, unknown> | null => {
  const bytes = decodeBase64url(id)
  if (bytes === null) return null
  try {
    // Fatal, and a byte order mark is kept: each other reading would give one text to several byte strings.
    const text = UTF8.decode(bytes)
    const value: unknown = JSON.parse(text)
    if (typeof value !== "object" || value === null || Array.isArray(value)) return null
    return JSON.stringify(value) === text ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
