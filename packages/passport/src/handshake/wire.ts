/**
 * The three messages, as arrays in deterministic CBOR. All parts are byte strings.
 *
 *   hello   initiator -> responder   [1, nonce, passport]
 *   answer  responder -> initiator   [2, nonce, passport, signature]
 *   finish  initiator -> responder   [3, signature]
 */
import { decodeCbor, encodeCbor } from "../bytes/cbor.ts"
import { MAX_PASSPORT_BYTES } from "../token/passport.ts"
import { NONCE_BYTES } from "./transcript.ts"

export const HELLO = 1
export const ANSWER = 2
export const FINISH = 3
type Kind = typeof HELLO | typeof ANSWER | typeof FINISH

/** How many parts follow the kind, by kind. */
const PARTS = [0, 2, 3, 1]
const MAX_BYTES = MAX_PASSPORT_BYTES + 256

export const encodeStep = (kind: Kind, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => encodeCbor([kind, ...parts])

/** The parts of a message of this kind, or null. */
export const decodeStep = (kind: Kind, bytes: Uint8Array): ReadonlyArray<Uint8Array> | null => {
  const found = bytes.length > MAX_BYTES ? undefined : decodeCbor(bytes)
  if (!Array.isArray(found)) return null
  const [is, ...parts] = found
  const isWhole = is === kind && parts.length === PARTS[kind] && parts.every((part) => part instanceof Uint8Array)
  return isWhole && (kind === FINISH || parts[0]!.length === NONCE_BYTES) ? parts : null
}
