/** What becomes of a signed token, as far as its device can know: the checks are those of the stages. */
import { checkCapabilities, readCredential } from "@assay/credentials"
import { openMessage } from "@assay/message"
import { type Claims, DEFAULT_RULES, type Reading, type ReasonCode, signerOf } from "@assay/trust"

export interface Foreseen {
  readonly reason: ReasonCode
  readonly detail: string
}

export interface ReadToken {
  readonly claims: Claims
  readonly readings: ReadonlyArray<Reading>
}

/** Reads a token as identity-resolver does: what it says, or why it would be rejected or quarantined whatever is known. */
export const readToken = (token: Uint8Array): ReadToken | Foreseen => {
  const opened = openMessage(token)
  if ("reason" in opened) return { reason: `identity.${opened.reason}`, detail: opened.detail }
  const found = opened.read
  if ("reason" in found) return { reason: `identity.${found.reason}`, detail: found.detail }
  return found.fault === null ? found : { reason: "identity.readings_refused", detail: found.fault }
}

/**
 * What credential-checker would hold against a message under one credential of the device. Whether the issuer is trusted, or
 * has revoked it, only the deployment knows.
 * @param time milliseconds since 1970
 */
export const foreseeUnder = (
  { claims, readings }: ReadToken,
  credentialToken: string,
  time: number,
): ReadonlyArray<Foreseen> => {
  const read = readCredential(credentialToken)
  if ("detail" in read) return [{ reason: "credential.malformed", detail: read.detail }]
  const { subject, validFrom, validUntil, terms } = read.credential
  if (subject !== signerOf(claims.iss))
    return [{ reason: "credential.holder_mismatch", detail: `it was issued to ${subject}` }]
  if (time < validFrom - DEFAULT_RULES.freshness.futureSkew * 1_000)
    return [{ reason: "credential.not_yet_valid", detail: `valid from ${new Date(validFrom).toISOString()}` }]
  if (time >= validUntil)
    return [{ reason: "credential.expired", detail: `expired ${new Date(validUntil).toISOString()}` }]
  if (claims.kind !== "message") return []
  const refusal = checkCapabilities(claims, readings, terms.capabilities)
  return refusal === null ? [] : refusal.reasons.map((reason) => ({ reason, detail: refusal.offence }))
}
