/** From a device's DID to its key, without any network: did:key and did:jwk carry it. */
import { Lru } from "@assay/bounded"
import { type DidFailure, didFailure, type PublicKey } from "./key.ts"
import { decodeDidJwk } from "./method/jwk.ts"
import { decodeDidKey, encodeDidKey } from "./method/key.ts"
import { parseDid } from "./parse.ts"

export interface DeviceKey extends PublicKey {
  readonly did: string
  /** The DID URL of the only verification method; a header's `kid` must be exactly this. */
  readonly kid: string
}

/** A key whose DID is remembered. */
export interface KnownKey extends PublicKey {
  /** The one string that is kept for this DID. */
  readonly did: string
  /** The key's one name (`keyIdOf`). */
  readonly keyId: string
  /** The partition that its messages belong to. */
  readonly home: number
}

/** The one name of a resolved key: nothing to do for a did:key, about 10 us for a did:jwk. See `key-id.ts`. */
export const keyIdOfResolved = (key: DeviceKey): string =>
  key.did.startsWith("did:key:") ? key.did : encodeDidKey(key)

/** The key of a did:key or did:jwk, or why there is none. Pure; Ed25519 costs about 3 us, P-256 in a JWK about 8 us. */
export const resolveDeviceKey = (did: string): DeviceKey | DidFailure => {
  const parsed = parseDid(did)
  if (parsed === null) return didFailure("did_invalid", "not a plain DID")
  if (parsed.method === "key") return withKid(decodeDidKey(parsed.id), did)
  if (parsed.method === "jwk") return withKid(decodeDidJwk(parsed.id), did)
  return didFailure("did_unsupported", `the method ${parsed.method} cannot name a device`)
}

const withKid = (key: PublicKey | DidFailure, did: string): DeviceKey | DidFailure =>
  "reason" in key ? key : { alg: key.alg, publicKey: key.publicKey, did, kid: kidOfDevice(did) }

/** The `kid` of a did:key or did:jwk. */
export const kidOfDevice = (did: string): string =>
  did.startsWith(DID_KEY) ? `${did}#${did.slice(DID_KEY.length)}` : `${did}#0`

/** Whether `kid` is `kidOfDevice(did)`, which is not made for that. */
export const isKidOfDevice = (did: string, kid: string): boolean => {
  if (!kid.startsWith(did) || kid.charCodeAt(did.length) !== HASH) return false
  const at = did.length + 1
  return did.startsWith(DID_KEY)
    ? kid.length === at + did.length - DID_KEY.length && kid.endsWith(did.slice(DID_KEY.length))
    : kid.length === at + 1 && kid.endsWith("0")
}

const DID_KEY = "did:key:"
const HASH = "#".charCodeAt(0)

/** What is kept of a DID: few and small objects, since whoever hears 100,000 devices keeps as many, and the collector marks them all. */
interface Kept {
  readonly did: string
  readonly alg: PublicKey["alg"]
  /** The key's bytes, a letter of Latin-1 each: a third of what a typed array of them takes. */
  readonly key: string
  /** Null: the DID itself. */
  readonly keyId: string | null
  readonly home: number
}

/**
 * `resolveDeviceKey` with a memory of the last `capacity` DIDs. A did:key never changes, so nothing expires.
 * @param partitionOf the partition that messages of a DID belong to
 */
export const cachedResolver = (
  capacity: number,
  partitionOf: (did: string) => number,
): ((did: string) => KnownKey | DidFailure) => {
  const known = new Lru<Kept>(capacity)
  const keep = (key: DeviceKey): Kept => {
    const keyId = keyIdOfResolved(key)
    const { did, alg, publicKey } = key
    const text = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString("latin1")
    const kept = { did, alg, key: text, keyId: keyId === did ? null : keyId, home: partitionOf(did) }
    known.set(did, kept)
    return kept
  }
  return (did) => {
    let kept = known.get(did)
    if (kept === undefined) {
      const found = resolveDeviceKey(did)
      // Failures are not kept: they are cheap to find again, and strangers must not push honest devices out with them.
      if ("reason" in found) return found
      kept = keep(found)
    }
    const { did: name, alg, key, keyId, home } = kept
    return { did: name, alg, publicKey: Buffer.from(key, "latin1"), keyId: keyId ?? name, home }
  }
}
