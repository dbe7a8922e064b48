/** A device's chain begins anew, as operators have ordered: with a link from where the old one ended. */
import { hash } from "node:crypto"
import type { AuditDraft, MessageClaims } from "@assay/trust"
import { type Followed, followMain, forgetChain } from "./chain.ts"
import type { IntegrityDraft } from "./state.ts"

/** Whether the message names the one-time value that operators gave the device, and identity-resolver counts it as its own. */
export const isResync = ({ resync }: IntegrityDraft, { prv }: MessageClaims): boolean =>
  resync.length > 0 && prv !== null && hash("sha256", Buffer.from(prv, "base64url"), "base64url") === resync.at(0)

/** The message is the first of a new chain. */
export const beginAnew = (draft: IntegrityDraft, claims: MessageClaims): Followed => {
  forgetChain(draft)
  draft.resync.clear()
  return followMain(draft, { ...claims, prv: null })
}

/** The link entry: the audit record says where the new chain begins; where the old one ended the record has by itself. */
export const linkEntry = ({ iss, epo, seq, digest }: MessageClaims): AuditDraft => ({
  kind: "incident",
  detail: JSON.stringify({ what: "chain begun anew by resync", device: iss, epo, seq, digest }),
})
