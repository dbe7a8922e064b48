/** The evidence of a message, from the bytes that the device signed: claims have no room for it. */
import { decodeCbor, isCborFailure, isMap, parseSign1 } from "@assay/cose"
import { type Json, type JsonObject, parseCompact, parseStrictObject } from "@assay/jose"
import { EV, evidenceOf } from "../cose/evidence.ts"
import { isCose } from "../format.ts"

export interface SignedEvidence {
  /** The token that it answers. */
  readonly challenge: string
  readonly evidence: Json
}

const inJws = (signed: Uint8Array): JsonObject | null => {
  const token = parseCompact(signed, { typ: ["m2m-evidence+jwt"] })
  if ("reason" in token) return null
  const parsed = parseStrictObject(token.payload)
  return "reason" in parsed ? null : parsed.value
}

const inCose = (signed: Uint8Array): JsonObject | null => {
  const sign1 = parseSign1(signed, ["m2m-evidence+cwt"])
  const claims = "reason" in sign1 ? null : decodeCbor(sign1.payload)
  if (claims === null || isCborFailure(claims) || !isMap(claims)) return null
  const found = evidenceOf(claims.get(EV) ?? null)
  return typeof found === "string" ? null : found
}

/** Null where the bytes are no evidence: what was accepted in another form has none that is known here. */
export const readEvidenceBytes = (signed: Uint8Array): SignedEvidence | null => {
  const found = isCose(signed) ? inCose(signed) : inJws(signed)
  if (found === null) return null
  const { challenge, evidence } = found
  return typeof challenge === "string" && evidence !== undefined ? { challenge, evidence } : null
}
