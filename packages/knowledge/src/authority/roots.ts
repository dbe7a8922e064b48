/**
 * The authority of the roots: a DSSE envelope that a threshold of them signed. The signatures are checked and counted against
 * the threshold in `packages/jose/src/dsse.ts` (`dsseVerify`).
 */
import { type DsseReason, dsseVerify } from "@assay/jose"
import type { ReasonCode, RootSet } from "@assay/trust"
import type { Refused } from "../kind.ts"

export const DSSE_MEDIA_TYPE = "application/vnd.dsse.envelope+json"

const CODE: Record<DsseReason, ReasonCode> = {
  malformed: "control.knowledge_malformed",
  type: "control.knowledge_malformed",
  signature: "control.knowledge_unsigned",
  threshold: "control.knowledge_unsigned",
}

export const refuse = (reason: ReasonCode, detail: string): Refused => ({ reasons: [reason], detail })

/** The payload of an envelope that at least the threshold of `roots` signed. Never throws; one signature check per root. */
export const signedByRoots = (
  envelope: Uint8Array,
  payloadType: string,
  roots: RootSet,
): { readonly payload: Uint8Array } | Refused => {
  const opened = dsseVerify(envelope, payloadType, roots)
  return "reason" in opened ? refuse(CODE[opened.reason], opened.detail) : opened
}
