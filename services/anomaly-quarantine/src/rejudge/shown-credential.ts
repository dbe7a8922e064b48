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
  signerOf,
} from "@assay/trust"
import { type Ended, NOTHING_ENDED } from "../revocation/ended.ts"

export interface Shown {
  /** By device; the signature of each holds, and operators have revoked none of them. */
  readonly credentials: ReadonlyMap<string, ReadCredential["credential"]>
  /** What operators have revoked. */
  readonly ended: Ended
}

export const NONE_SHOWN: Shown = { credentials: new Map(), ended: NOTHING_ENDED }

/** What is no credential, was not signed by the issuer that it names, or was revoked by operators shows nothing. Some 160 us for each. */
export const openShown = (tokens: ReadonlyArray<string>, { bundle, items }: Knowledge, ended: Ended): Shown => {
  const credentials = new Map<string, ReadCredential["credential"]>()
  if (bundle === null) return { credentials, ended }
  const documents = documentsIn(bundle.body, items)
  const view = viewOf(bundle, items)
  for (const token of tokens) {
    const read = readCredential(token)
    if ("detail" in read) continue
    const key = verifiedKey(read.signed, read.credential.terms.issuer, documents)
    if ("detail" in key) continue
    const credential = signed(read, key)
    if (!ended.has(credential, view)) credentials.set(credential.subject, credential)
  }
  return { credentials, ended }
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
  const credential = shown.credentials.get(device)
  return credential === undefined ? view.cited : view.weigh(credential.terms).ground.cited
}

/**
 * The credential that is shown of this holder, where it would have covered the message under the bundle of now: it is the one that
 * credential-checker had accepted, its issuer may say so, it was in force, and grants what was said. Else null.
 */
const coveringOf = (
  { credentials }: Shown,
  holder: string,
  message: AssayedMessage,
  claims: MessageClaims,
  { bundle, profile, items }: Knowledge,
): ReadCredential["credential"] | null => {
  const credential = credentials.get(holder)
  if (credential === undefined || bundle === null || !mayMean(message, credential.hash)) return null
  const skewMs = 1000 * (profile?.body ?? DEFAULT_RULES).freshness.futureSkew
  const why = whyNotInForce(credential, viewOf(bundle, items), message.time, claims.act === "telemetry", skewMs)
  if (why !== null && !isWarning(why)) return null
  return checkCapabilities(claims, message.readings, credential.terms.capabilities) === null ? credential : null
}

/** Whether a credential is shown that covers the message: that of its device, or of the gateway that signed for it. */
export const isCovered = (
  shown: Shown,
  message: AssayedMessage,
  claims: MessageClaims,
  knowledge: Knowledge,
): boolean => coveringOf(shown, signerOf(claims.iss), message, claims, knowledge) !== null

/** What is known of the device by the credential that covers the message (`coveringOf`) and fits its firmware. Else null. */
export const subjectOf = (
  shown: Shown,
  message: AssayedMessage,
  claims: MessageClaims,
  knowledge: Knowledge,
): Subject | null => {
  const terms = coveringOf(shown, claims.iss, message, claims, knowledge)?.terms
  if (terms === undefined) return null
  const { fw } = claims
  return fw === null || (fw.vendor === terms.vendor && fw.class === terms.class) ? terms.subject : null
}
