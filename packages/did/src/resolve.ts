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

/** A key that is kept, with its one name (`keyIdOf`). */
export interface KnownKey extends DeviceKey {
  readonly keyId: string
}

/** The one name of a resolved key: nothing to do for a did:key, about 10 us for a did:jwk. See `key-id.ts`. */
export const keyIdOfResolved = (key: DeviceKey): string =>
  key.did.startsWith("did:key:") ? key.did : encodeDidKey(key)

/** The key of a did:key or did:jwk, or why there is none. Pure; Ed25519 costs about 3 us, P-256 in a JWK about 8 us. */
export const resolveDeviceKey = (did: string): DeviceKey | DidFailure => {
  const parsed = parseDid(did)
  if (parsed === null) return didFailure("did_invalid", "not a plain DID")
  if (parsed.method === "key") return withKid(decodeDidKey(parsed.id), did, parsed.id)
  if (parsed.method === "jwk") return withKid(decodeDidJwk(parsed.id), did, "0")
  return didFailure("did_unsupported", `the method ${parsed.method} cannot name a device`)
}

const withKid = (key: PublicKey | DidFailure, did: string, fragment: string): DeviceKey | DidFailure =>
  "reason" in key ? key : { alg: key.alg, publicKey: key.publicKey, did, kid: `${did}#${fragment}` }

/** `resolveDeviceKey` with a memory of the last `capacity` DIDs. A did:key never changes, so nothing expires. */
export const cachedResolver = (capacity: number): ((did: string) => KnownKey | DidFailure) => {
  const known = new Lru<KnownKey>(capacity)
  return (did) => {
    const hit = known.get(did)
    if (hit !== undefined) return hit
    const key = resolveDeviceKey(did)
    if ("reason" in key) return key
    // Failures are not kept: they are cheap to find again, and strangers must not push honest devices out with them.
    // Bytes of its own: a piece of Node's buffer pool, kept as long as a device, would keep 8 kB with it.
    const kept = { ...key, publicKey: Uint8Array.from(key.publicKey), keyId: keyIdOfResolved(key) }
    known.set(did, kept)
    return kept
  }
}
