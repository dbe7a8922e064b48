/** What a device says of its firmware beside the claim, from the bytes that it signed: claims have no room for it. */
import { decodeCbor, isCborFailure, parseSign1 } from "@assay/cose"
import { isObject, type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { payloadOf } from "../cose/payload.ts"
import { isCose } from "../format.ts"
import { type FirmwareParts, firmwarePartsOf } from "./members.ts"

const payloadIn = (signed: Uint8Array): JsonObject | null => {
  if (isCose(signed)) {
    const sign1 = parseSign1(signed, ["m2m+cwt"])
    const claims = "reason" in sign1 ? null : decodeCbor(sign1.payload)
    if (claims === null || isCborFailure(claims)) return null
    // Whose it is was read before, and does not matter here.
    const payload = payloadOf(claims, "")
    return typeof payload === "string" ? null : payload
  }
  const token = parseCompact(signed, { typ: ["m2m-message+jwt"] })
  const parsed = "reason" in token ? token : parseStrictObject(token.payload)
  return "reason" in parsed ? null : parsed.value
}

/** Null where the bytes are no message, or claim no firmware. */
export const readFirmwareParts = (signed: Uint8Array): FirmwareParts | null => {
  const fw = payloadIn(signed)?.["fw"]
  const parts = isObject(fw) ? firmwarePartsOf(fw) : null
  return typeof parts === "string" ? null : parts
}
