/** The data values of a message, from the bytes that the device signed. */
import { decodeCbor, isCborFailure, parseSign1 } from "@assay/cose"
import { type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { payloadOf } from "../cose/payload.ts"
import { COSE_TYPES, isCose, JWS_TYPES } from "../format.ts"
import { dataIn } from "./senml.ts"

const payloadIn = (signed: Uint8Array): JsonObject | null => {
  if (isCose(signed)) {
    const sign1 = parseSign1(signed, COSE_TYPES)
    const claims = "reason" in sign1 ? null : decodeCbor(sign1.payload)
    const payload = isCborFailure(claims) ? "" : payloadOf(claims, "")
    return typeof payload === "string" ? null : payload
  }
  const token = parseCompact(signed, { typ: JWS_TYPES })
  const parsed = "reason" in token ? token : parseStrictObject(token.payload)
  return "reason" in parsed ? null : parsed.value
}

/**
 * The data values (RFC 8428, `vd`) of a message's readings, in the order of the readings; null for each other reading. Empty
 * where the bytes are no message with a pack.
 * @param signed the bytes as they were received @param iat the message's own, seconds: it resolves relative times
 */
export const readDataValues = (signed: Uint8Array, iat: number): ReadonlyArray<Uint8Array | null> => {
  const payload = payloadIn(signed)
  if (payload === null) return []
  return dataIn(payload["senml"], iat).map((text) => (text === null ? null : Buffer.from(text, "base64url")))
}
