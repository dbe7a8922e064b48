/**
 * Setting a device on its place anew, as two operators have ordered: by a one-time value that the device was given on site,
 * of which only the hash was ever sent. Its first message names the value as the message before it.
 */
import { hash } from "node:crypto"
import type { IdentityDraft } from "../state.ts"
import { beginAnew, isAboveAll } from "./branches.ts"
import type { Position } from "./position.ts"
import { begin, type Settled } from "./settle.ts"

/**
 * Whether a message carries the value that operators named, and is certainly new: it stands above every position that was
 * ever accepted, or bears a later `iat` than all that was.
 */
export const mayBeginAnew = (draft: IdentityDraft, at: Position): boolean => {
  if (!waitsForResync(draft, at.time) || at.prv === null || at.future) return false
  if (Buffer.compare(hash("sha256", at.prv, "buffer"), draft.resync.at(0)) !== 0) return false
  return isAboveAll(draft, at) || at.iat > Math.max(draft.iat, draft.lostIat)
}

/** Whether the value was not used yet, and is still good. */
export const waitsForResync = ({ resync, resyncUntil }: IdentityDraft, time: number): boolean =>
  resync.length > 0 && time < resyncUntil

/** The device's sequence begins anew with this message. The value is used up. */
export const beginResynced = (draft: IdentityDraft, at: Position): Settled => {
  beginAnew(draft)
  draft.resync.clear()
  draft.resynced = true
  draft.gap = 0
  return begin(draft, { ...at, prv: null })
}
