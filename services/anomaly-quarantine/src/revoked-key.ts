/**
 * What is revoked is a key, and one key has any number of DIDs (did:key, and did:jwk with its members in any order), each with
 * a home partition of its own. So a revocation lies in every partition, and each keeps the key under a hash: as a row of its
 * own, which no device can make. The hash is not keyed: the rows must be the same whichever name comes later.
 */
import { hash } from "node:crypto"
import { Lru } from "@assay/bounded"
import { enter, trustOf } from "@assay/detection"
import { keyIdOfDid, resolveDeviceKey } from "@assay/did"
import { signerOf, type TrustState } from "@assay/trust"
import { type AnomalyState, draftOf, LAYOUT, type States } from "./state.ts"

/** Devices of late: a did:jwk takes some 20 us, a did:key one. */
const rows = new Lru<string>(65_536)

const rowOf = (device: string): string => {
  const known = rows.get(device)
  if (known !== undefined) return known
  const row = `revoked/${hash("sha256", keyIdOfDid(signerOf(device)), "base64url")}`
  rows.set(device, row)
  return row
}

/** Whether the key behind this DID, or that of the gateway that signs for the device, was revoked, under whichever of its names. */
export const isKeyRevoked = (device: string, states: States): boolean => states.get(rowOf(device)) !== undefined

/** The trust of a device: its own, but for a key that was revoked under another name. */
export const trustUnder = (device: string, state: AnomalyState | undefined, states: States): TrustState =>
  isKeyRevoked(device, states) ? "revoked" : trustOf(state)

/** Whether the text names a key at all: a revocation of one counts before its device was ever seen here. */
export const namesKey = (device: string): boolean => !("reason" in resolveDeviceKey(device))

/** What every partition keeps of a revocation. */
export const revokedKey = (device: string, time: number): readonly [key: string, state: AnomalyState] => {
  const draft = draftOf(undefined, time)
  enter(draft, "revoked", time)
  return [rowOf(device), LAYOUT.seal(draft)]
}
