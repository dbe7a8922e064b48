/**
 * Which rejected messages ask for a document: presentations that show a credential of a trusted issuer for the very DID that they
 * name. Nothing else is looked for, so that a stranger makes nobody ask any host for anything.
 */
import { firstThatHolds, viewOf } from "@assay/credentials"
import { hasDocument } from "@assay/did-document"
import { openMessage } from "@assay/message"
import type { RejectedRecord } from "@assay/schemas"
import type { Active, Knowledge, ReasonCode, TrustBundle } from "@assay/trust"

/** A document that is missing, out of date, or older than the device's new key. */
const ASKING: ReadonlySet<string> = new Set<ReasonCode>([
  "identity.document_missing",
  "identity.document_unavailable",
  "identity.document_expired",
  "identity.key_not_in_force",
])

/** How far an issuer's clock may be ahead, milliseconds. */
const SKEW_MS = 60_000

/**
 * The DID whose document is asked for; null where the record asks for none. One signature check, of the issuer's.
 * @param items in force beside the bundle: status lists that issuers publish
 */
export const askedBy = (
  record: RejectedRecord,
  bundle: Active<TrustBundle> | null,
  items?: Knowledge["items"],
): string | null => {
  if (bundle === null || !record.reasons.some((reason) => ASKING.has(reason)) || record.hash !== null) return null
  const opened = openMessage(record.value)
  if ("reason" in opened || "reason" in opened.read) return null
  const { claims } = opened.read
  if (claims.kind !== "presentation" || !hasDocument(claims.iss)) return null
  const found = firstThatHolds(claims.iss, claims.credentials, viewOf(bundle, items), record.time, SKEW_MS)
  return "terms" in found ? claims.iss : null
}
