/** Names of keys (TPM 2.0 part 1, section 16): by its name a TPM knows a key, by its qualified name also where the key lies. */
import { hash } from "node:crypto"

const SHA256_ID = Uint8Array.of(0x00, 0x0b)
/** TPM_RH_ENDORSEMENT (part 2, section 7.4). */
const ENDORSEMENT = Uint8Array.of(0x40, 0x00, 0x00, 0x0b)

/** nameAlg and hash: 34 bytes. */
const named = (...parts: ReadonlyArray<Uint8Array>): Buffer =>
  Buffer.concat([SHA256_ID, hash("sha256", Buffer.concat(parts), "buffer")])

/** @param area TPMT_PUBLIC with SHA-256 as its nameAlg */
export const nameOf = (area: Uint8Array): Buffer => named(area)

/**
 * The qualified name of a key that lies under the endorsement key, as a quote states it: only such keys state the counters of
 * resets and the firmware version as they are. A key of the owner's hierarchy has another one.
 */
export const qualifiedNameUnder = (endorsementKey: Uint8Array, key: Uint8Array): Buffer =>
  named(named(ENDORSEMENT, endorsementKey), key)
