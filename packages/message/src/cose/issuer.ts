/**
 * Whose key a `kid` names. A did:key is the key itself: multicodec prefix and raw key, the bytes that its text spells in base58
 * (W3C CCG did:key), and `iss` is left out. Every other DID is its DID URL in UTF-8, and `iss` stands in the claims. So each DID
 * has one form.
 */
import { isUtf8 } from "node:buffer"
import { type Cbor, isMap } from "@assay/cose"
import { encodeDidKey, type PublicKey } from "@assay/did"

const ED25519 = 0xed01
const P256 = 0x8024

const keyIn = (kid: Uint8Array): PublicKey | null => {
  const prefix = kid.length < 2 ? 0 : kid[0]! * 256 + kid[1]!
  if (prefix === ED25519 && kid.length === 34) return { alg: "Ed25519", publicKey: kid.subarray(2) }
  if (prefix === P256 && kid.length === 35) return { alg: "ES256", publicKey: kid.subarray(2) }
  return null
}

/** Claim keys of RFC 8392 section 4. */
export const ISS = 1

export interface CoseIssuer {
  readonly iss: string
  /** The DID URL of the key. */
  readonly kid: string
}

/** Keys that are remembered, each in the one place that its bytes say: at most 6 MB. */
const PLACES = 16_384
const WIDTH = 35
const spelt: Array<CoseIssuer | null> = new Array<CoseIssuer | null>(PLACES).fill(null)
/** The bytes of each; zeros where there is none, with which no kid begins. */
const kept = new Uint8Array(PLACES * WIDTH)

/**
 * The did:key of a key. Base58 costs as much as all else that it takes to open a message of one reading, so it is written once for
 * a device that goes on speaking. Nothing here says that the key is good: strangers' keys may stand here too, and one that takes
 * the place of another costs that one its spelling again.
 */
const spell = (kid: Uint8Array, key: PublicKey): CoseIssuer => {
  const { length } = kid
  // Of keys of both kinds, bytes in the middle are as if drawn.
  const place = (kid[16]! * 256 + kid[17]!) % PLACES
  const from = place * WIDTH
  let same = 0
  while (same < length && kept[from + same] === kid[same]) same++
  if (same === length) return spelt[place]!
  const iss = encodeDidKey(key)
  const made = { iss, kid: `${iss}#${iss.slice("did:key:".length)}` }
  spelt[place] = made
  kept.set(kid, from)
  return made
}

/**
 * Who is said to have signed; or what is wrong with how that is said.
 * @param kid of the header @param claims the payload, decoded
 */
export const issuerOf = (kid: Uint8Array, claims: Cbor): CoseIssuer | string => {
  const key = keyIn(kid)
  const claimed = isMap(claims) ? claims.get(ISS) : undefined
  if (key !== null) {
    if (claimed !== undefined) return "iss (1) stands beside a kid that is the key of a did:key: leave it out"
    return spell(kid, key)
  }
  if (!isUtf8(kid)) return "kid is neither the key of a did:key (ed01 or 8024 and the raw key) nor a DID URL in UTF-8"
  if (typeof claimed !== "string") return "iss (1) is not a text"
  if (claimed.startsWith("did:key:"))
    return "iss (1) is a did:key: leave it out, and let kid be ed01 or 8024 and the raw key"
  return { iss: claimed, kid: Buffer.from(kid.buffer, kid.byteOffset, kid.length).toString("utf8") }
}

/** The `kid` bytes for a key of this DID. @param kid its DID URL @param key its public key */
export const kidBytesOf = (kid: string, key: PublicKey): Uint8Array => {
  if (!kid.startsWith("did:key:")) return Buffer.from(kid)
  const prefix = key.alg === "Ed25519" ? ED25519 : P256
  return Buffer.concat([Buffer.of(prefix >> 8, prefix & 0xff), key.publicKey])
}
