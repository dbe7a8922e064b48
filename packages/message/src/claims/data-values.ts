/** The data values of a message, from the bytes that the device signed. */
import { parseCompact, parseStrictObject } from "@assay/jose"
import { MESSAGE_TYPES } from "@assay/trust"
import { dataIn } from "./senml.ts"

/**
 * The data values (RFC 8428, `vd`) of a message's readings, in the order of the readings; null for each other reading. Empty
 * where the bytes are no compact JWS with a pack: what was accepted in another form has no data values that are known here.
 * @param signed the bytes as they were received @param iat the message's own, seconds: it resolves relative times
 */
export const readDataValues = (signed: Uint8Array, iat: number): ReadonlyArray<Uint8Array | null> => {
  const token = parseCompact(signed, { typ: Object.values(MESSAGE_TYPES) })
  if ("reason" in token) return []
  const parsed = parseStrictObject(token.payload)
  if ("reason" in parsed) return []
  return dataIn(parsed.value["senml"], iat).map((text) => (text === null ? null : Buffer.from(text, "base64url")))
}
