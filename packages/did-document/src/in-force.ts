/**
 * What is kept of a document while it is in force, at most 256 bytes: its version and the keys that may sign. A verdict needs no
 * more; the whole document is kept elsewhere, by hash.
 *
 *   u8 layout (1) | u8 flags (1: deactivated) | u32 BE number of the version | u48 BE checked (ms since 1970) | 32 bytes digest
 *   u8 count of attesters, each 6 bytes | u8 count of keys, each
 *     u8 flags (1: ES256, 2: assertion, 4: authentication) | u48 BE until (0: no end) | 6 bytes of the fragment's hash | key
 *
 * A key has 32 bytes (Ed25519) or 33 (P-256, compressed). Hashes are cut to 48 bits: they choose among a document's own keys,
 * and among the resolvers of one bundle; neither gives a stranger anything that a signature would not have to prove.
 */
import type { PublicKey } from "@assay/did"
import type { DocumentKey, Relationship } from "./document/keys.ts"
import { digestOf, encodeMultihash } from "./multihash.ts"

const LAYOUT = 1
const SHORT = 6
const HEAD = 44
const DEACTIVATED = 1
const ES256 = 1
const ASSERTION = 2
const AUTHENTICATION = 4

/** Resolvers that attest one document. */
export const MAX_ATTESTERS = 4

export interface DocumentInForce {
  /** Of did:webvh; 0 for did:web. */
  readonly number: number
  readonly deactivated: boolean
  /** When a resolver last saw it published, milliseconds since 1970. */
  readonly checked: number
  /** SHA-256 in the `versionId` of did:webvh, or of the document of did:web. */
  readonly digest: Uint8Array
  /** `shortOf` the key ids of the resolvers that say so. */
  readonly attesters: ReadonlyArray<string>
  readonly keys: ReadonlyArray<KeyInForce>
}

export interface KeyInForce extends PublicKey {
  /** `shortOf` its fragment. */
  readonly fragment: string
  readonly assertion: boolean
  readonly authentication: boolean
  readonly until: number | null
}

/** 48 bits of a text's hash, in hex. */
export const shortOf = (text: string): string => digestOf(text).toString("hex", 0, SHORT)

/** `NUMBER-HASH` of did:webvh; `sha256:HEX` of a document that has no version. */
export const versionOf = ({ number, digest }: Pick<DocumentInForce, "number" | "digest">): string =>
  number > 0 ? `${number}-${encodeMultihash(digest)}` : `sha256:${Buffer.from(digest).toString("hex")}`

/** A key of a document, as it is kept. */
export const keptKey = ({ fragment, ...key }: DocumentKey): KeyInForce => ({ ...key, fragment: shortOf(fragment) })

/** @throws RangeError for more attesters than MAX_ATTESTERS: a mistake of the caller */
export const encodeInForce = ({
  number,
  deactivated,
  checked,
  digest,
  attesters,
  keys,
}: DocumentInForce): Uint8Array => {
  if (attesters.length > MAX_ATTESTERS) throw new RangeError(`${attesters.length} attesters`)
  const head = Buffer.alloc(HEAD)
  head[0] = LAYOUT
  head[1] = deactivated ? DEACTIVATED : 0
  head.writeUInt32BE(number, 2)
  head.writeUIntBE(checked, 6, 6)
  head.set(digest, 12)
  const parts: Array<Uint8Array> = [head, Uint8Array.of(attesters.length)]
  for (const attester of attesters) parts.push(Buffer.from(attester, "hex"))
  parts.push(Uint8Array.of(keys.length))
  for (const { alg, publicKey, fragment, assertion, authentication, until } of keys) {
    const flags = (alg === "ES256" ? ES256 : 0) | (assertion ? ASSERTION : 0) | (authentication ? AUTHENTICATION : 0)
    const lead = Buffer.alloc(1 + SHORT)
    lead[0] = flags
    lead.writeUIntBE(until ?? 0, 1, SHORT)
    parts.push(lead, Buffer.from(fragment, "hex"), publicKey)
  }
  return Buffer.concat(parts)
}

/** @throws RangeError where the bytes are none of `encodeInForce`: the state is damaged */
export const decodeInForce = (bytes: Uint8Array): DocumentInForce => {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (from[0] !== LAYOUT) throw new RangeError(`a document in force of layout ${from[0]}`)
  let at = HEAD
  const take = (length: number): Buffer => {
    if (at + length > from.length) throw new RangeError("a document in force ends too early")
    at += length
    return from.subarray(at - length, at)
  }
  const attesters: Array<string> = []
  for (let left = take(1)[0]!; left > 0; left--) attesters.push(take(SHORT).toString("hex"))
  const keys: Array<KeyInForce> = []
  for (let left = take(1)[0]!; left > 0; left--) {
    const flags = take(1)[0]!
    const until = take(SHORT).readUIntBE(0, SHORT)
    const fragment = take(SHORT).toString("hex")
    const alg = (flags & ES256) !== 0 ? "ES256" : "Ed25519"
    keys.push({
      alg,
      publicKey: Uint8Array.from(take(alg === "ES256" ? 33 : 32)),
      fragment,
      assertion: (flags & ASSERTION) !== 0,
      authentication: (flags & AUTHENTICATION) !== 0,
      until: until === 0 ? null : until,
    })
  }
  return {
    number: from.readUInt32BE(2),
    deactivated: (from[1]! & DEACTIVATED) !== 0,
    checked: from.readUIntBE(6, 6),
    digest: Uint8Array.from(from.subarray(12, HEAD)),
    attesters,
    keys,
  }
}

/** `unknown`: it lists no such key; `ended`: it did sign, and its end has come; `purpose`: it is for something else. */
export type KeyFlaw = "unknown" | "ended" | "purpose"

/** The key that a `kid` names at a time, or why it does not count. @param fragment what follows `#` in the kid. @param time ms since 1970 */
export const keyInForce = (
  { keys }: DocumentInForce,
  {
    fragment,
    relationship,
    time,
  }: { readonly fragment: string; readonly relationship: Relationship; readonly time: number },
): KeyInForce | KeyFlaw => {
  const short = shortOf(fragment)
  const key = keys.find((one) => one.fragment === short)
  if (key === undefined) return "unknown"
  if (key.until !== null && key.until <= time) return "ended"
  return key[relationship] ? key : "purpose"
}
