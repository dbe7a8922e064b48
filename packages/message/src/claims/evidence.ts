/** The evidence of a message, from the bytes that the device signed: claims have no room for it. */
import { type Json, parseCompact, parseStrictObject } from "@assay/jose"

export interface SignedEvidence {
  /** The token that it answers. */
  readonly challenge: string
  readonly evidence: Json
}

/** Null where the bytes are no evidence: what was accepted in another form has none that is known here. */
export const readEvidenceBytes = (signed: Uint8Array): SignedEvidence | null => {
  const token = parseCompact(signed, { typ: ["m2m-evidence+jwt"] })
  if ("reason" in token) return null
  const parsed = parseStrictObject(token.payload)
  if ("reason" in parsed) return null
  const { challenge, evidence } = parsed.value
  return typeof challenge === "string" && evidence !== undefined ? { challenge, evidence } : null
}
