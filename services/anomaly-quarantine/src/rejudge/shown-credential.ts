/**
 * The credentials that operators show with a rejudgement: a message does not carry that of its device. What a credential says is its
 * issuer's word, so nothing rests on the operators but which one they show. Pure.
 */
import {
  checkCapabilities,
  documentsIn,
  isWarning,
  type ReadCredential,
  readCredential,
  signed,
  verifiedKey,
  viewOf,
  whyNotInForce,
} from "@assay/credentials"
import {
  type AssayedMessage,
  DEFAULT_RULES,
  detailIn,
  type Knowledge,
  type MessageClaims,
  type Subject,
} from "@assay/trust"

/** By device; the signature of each holds. */
export type Shown = ReadonlyMap<string, ReadCredential["credential"]>

export const NONE_SHOWN: Shown = new Map()

/** What is no credential, or was not signed by the issuer that it names, shows nothing. Some 160 us for each. */
export const openShown = (tokens: ReadonlyArray<string>, { bundle, items }: Knowledge): Shown => {
  const documents = bundle === null ? undefined : documentsIn(bundle.body, items)
  const shown = new Map<string, ReadCredential["credential"]>()
  for (const token of tokens) {
    const read = readCredential(token)
    if ("detail" in read) continue
    const key = verifiedKey(read.signed, read.credential.terms.issuer, documents)
    if (!("detail" in key)) shown.set(read.credential.subject, signed(read, key))
  }
  return shown
}

/** Whether the verdict names the credential of this hash, or none. A detail that Assay does not write may name any other. */
const mayMean = ({ verdicts: { credential } }: AssayedMessage, hash: string): boolean => {
  if (credential === null || credential.detail === null) return true
  const found = detailIn(credential.detail)
  return found !== null && (found["credential"] ?? hash) === hash
}

/** What a verdict on the device's credential would rest on now: the bundle, and the status lists that the shown one stands on. */
export const restsOn = (shown: Shown, device: string, { bundle, items }: Knowledge): ReadonlyArray<string> => {
  if (bundle === null) return []
  const view = viewOf(bundle, items)
  const credential = shown.get(device)
  return credential === undefined ? view.cited : view.weigh(credential.terms).ground.cited
}

/**
 * What is known of the device by the credential that is shown, where it would have covered the message under the bundle of now: it is
 * the one that credential-checker had accepted, its issuer may say so, it was in force, grants what was said, and fits the
 * firmware. Else null.
 */
export const subjectOf = (
  shown: Shown,
  message: AssayedMessage,
  claims: MessageClaims,
  { bundle, profile, items }: Knowledge,
): Subject | null => {
  const credential = shown.get(claims.iss)
  if (credential === undefined || bundle === null) return null
  const { terms, hash } = credential
  if (!mayMean(message, hash)) return null
  const skewMs = 1000 * (profile?.body ?? DEFAULT_RULES).freshness.futureSkew
  const why = whyNotInForce(credential, viewOf(bundle, items), message.time, claims.act === "telemetry", skewMs)
  if (why !== null && !isWarning(why)) return null
  if (checkCapabilities(claims, message.readings, terms.capabilities) !== null) return null
  const { fw } = claims
  return fw === null || (fw.vendor === terms.vendor && fw.class === terms.class) ? terms.subject : null
}
