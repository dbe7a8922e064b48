/**
 * The erasure of a device: its command names the device by the log's pseudonym and by the hash of an opening (`trust`,
 * `erasure.ts`), so that the signed tokens can stand in the audit record for ever. The opening is an element of the command's
 * tokens that is no token; only the entry in `submitted` carries it.
 */
import { createHmac, randomBytes } from "node:crypto"
import { erasureTarget, parseErasureTarget } from "@assay/trust"
import { hashOfOpening, MARK } from "./opening.ts"

const NONCE_BYTES = 32
/** Longer than any DID that identity-resolver takes. */
const MAX_DEVICE = 2_048

export interface Opening {
  readonly device: string
  /** base64 of 32 random bytes; that of a partition's first erasure keys the names of all its erased devices. */
  readonly nonce: string
}

/**
 * The target that operators sign to erase a device, and the opening that goes with their tokens.
 * @param pseudonym of the device in its log, hex
 */
export const newErasure = (
  device: string,
  pseudonym: string,
): { readonly target: string; readonly opening: string } => {
  const opening = MARK + Buffer.concat([randomBytes(NONCE_BYTES), Buffer.from(device)]).toString("base64url")
  return { target: erasureTarget({ pseudonym, opening: hashOfOpening(opening) }), opening }
}

/** What an opening tells; null where it is none, or not that of this target. */
export const openErasure = (target: string, opening: string): Opening | null => {
  const bytes = Buffer.from(opening.slice(MARK.length), "base64url")
  const device = bytes.subarray(NONCE_BYTES).toString("utf8")
  const isWhole = MARK + bytes.toString("base64url") === opening && bytes.length > NONCE_BYTES
  if (!isWhole || !device.startsWith("did:") || device.length > MAX_DEVICE) return null
  if (parseErasureTarget(target)?.opening !== hashOfOpening(opening)) return null
  return { device, nonce: bytes.subarray(0, NONCE_BYTES).toString("base64") }
}

/**
 * The key under which a stage keeps what outlives an erasure: a keyed hash, so that a name alone cannot be looked up in it.
 * Begins with no `did:`: a reserved key.
 * @param tombstoneKey of the knowledge in force, base64
 */
export const tombstoneOf = (tombstoneKey: string, device: string): string =>
  `erased/${createHmac("sha256", Buffer.from(tombstoneKey, "base64")).update(device).digest("base64url")}`
