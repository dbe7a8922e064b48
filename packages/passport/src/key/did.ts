/** From a DID to its key: did:key and did:jwk, Ed25519 and P-256. No network. */
import { concat, fromBase64, fromHex, fromUtf8, toBase64 } from "../bytes/bytes.ts"
import { isObject, readJson } from "../bytes/json.ts"
import { expandP256, isStrongEd25519 } from "./points.ts"

export interface Key {
  readonly alg: "Ed25519" | "ES256"
  /** 32 bytes, or 65 (`04 x y`). */
  readonly raw: Uint8Array
}

/** Longer DIDs are nobody's here. */
const MAX_DID = 1_024
const MAX_BASE58 = 64
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

const keyOf = (alg: Key["alg"], bytes: Uint8Array): Key | null => {
  const raw = alg === "ES256" ? expandP256(bytes) : isStrongEd25519(bytes) ? bytes : null
  return raw && { alg, raw }
}

/** The hex of base58btc; null for a foreign letter, too long a text, and a leading 1, which no key here has. */
const hexOfBase58 = (text: string): string | null => {
  if (text.length > MAX_BASE58 || !/^[2-9A-HJ-NP-Za-km-z][1-9A-HJ-NP-Za-km-z]*$/.test(text)) return null
  return [...text].reduce((sum, letter) => sum * 58n + BigInt(BASE58.indexOf(letter)), 0n).toString(16)
}

/** Multicodec `ed01` and 32 bytes, or `8024` and 33. */
const ofDidKey = (id: string): Key | null => {
  const hex = id.startsWith("z") ? hexOfBase58(id.slice(1)) : null
  const bytes = (): Uint8Array => fromHex(hex!.slice(4))
  if (hex?.length === 68 && hex.startsWith("ed01")) return keyOf("Ed25519", bytes())
  return hex?.length === 70 && hex.startsWith("8024") ? keyOf("ES256", bytes()) : null
}

const ofDidJwk = (id: string): Key | null => {
  const bytes = fromBase64(id)
  const jwk = bytes === null ? null : readJson(bytes)
  // The one form of its text: no whitespace, and no second spelling.
  if (!isObject(jwk) || JSON.stringify(jwk) !== fromUtf8(bytes!)) return null
  const { kty, crv, x, y, use, key_ops, alg } = jwk
  // Members that say nothing about the key's bits must not forbid its use (RFC 7517).
  if (
    ![undefined, "sig"].includes(use as string) ||
    (key_ops !== undefined && !(key_ops as string).includes?.("verify"))
  )
    return null
  const isFor = (algs: ReadonlyArray<unknown>): boolean => alg === undefined || algs.includes(alg)
  const [first, second] = [x, y].map((value) => (typeof value === "string" ? fromBase64(value) : null))
  if (first?.length !== 32) return null
  if (kty === "OKP" && crv === "Ed25519")
    return y === undefined && isFor(["Ed25519", "EdDSA"]) ? keyOf("Ed25519", first) : null
  const isP256 = kty === "EC" && crv === "P-256" && second?.length === 32 && isFor(["ES256"])
  return isP256 ? keyOf("ES256", concat(Uint8Array.of(4), first, second)) : null
}

/** The key of a DID, or null where it has none that can be used here. */
export const keyOfDid = (did: string): Key | null => {
  const [, method, id] = /^did:(key|jwk):(.+)$/.exec(did) ?? []
  if (id === undefined || did.length > MAX_DID) return null
  return method === "key" ? ofDidKey(id) : ofDidJwk(id)
}

/** The DID URL of the only key of a DID: what `kid` must say. */
export const kidOf = (did: string): string => `${did}#${did.startsWith("did:key:") ? did.slice(8) : 0}`

/** What is hashed for the JWK thumbprint of a key (RFC 7638 section 3). */
export const thumbprintInput = ({ alg, raw }: Key): string =>
  JSON.stringify(
    alg === "Ed25519"
      ? { crv: "Ed25519", kty: "OKP", x: toBase64(raw) }
      : { crv: "P-256", kty: "EC", x: toBase64(raw.subarray(1, 33)), y: toBase64(raw.subarray(33)) },
  )
