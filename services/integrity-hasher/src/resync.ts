/** A device's chain begins anew, as operators have ordered: with a link from where the old one ended. */
import type { AuditDraft, MessageClaims } from "@assay/trust"
import { type Followed, followMain, forgetChain } from "./chain.ts"
import type { IntegrityDraft } from "./state.ts"

/** Whether operators wait for the device to begin anew: until then nothing of its sequence is held against it. */
export const waitsForResync = ({ resyncUntil }: IntegrityDraft, time: number): boolean => time < resyncUntil

/**
 * The message is the first of a new chain, and the firmware that it claims the first that is known. identity-resolver has found
 * that it bears the value: only then is anything forgotten, so that an order whose value never comes changes nothing.
 */
export const beginAnew = (draft: IntegrityDraft, claims: MessageClaims): Followed => {
  forgetChain(draft)
  draft.svn = -1
  draft.risingSvn = -1
  draft.resyncUntil = 0
  // What was shown before says nothing of who begins anew.
  if (draft.appraised.length > 0) draft.appraised.at(0).until = 0
  return followMain(draft, { ...claims, prv: null })
}

/** The link entry: the audit record says where the new chain begins; where the old one ended the record has by itself. */
export const linkEntry = ({ iss, epo, seq, digest }: MessageClaims): AuditDraft => ({
  kind: "incident",
  detail: JSON.stringify({ what: "chain begun anew by resync", device: iss, epo, seq, digest }),
})
