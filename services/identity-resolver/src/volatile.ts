/**
 * Devices that may lose their position, as the profile says of their class: they begin anew at a counter that they have used, so
 * two messages on one place prove nothing. Their class is known by the credential that admitted them. Pure.
 */
import { createHash } from "node:crypto"
import { beginAnew } from "./positions/branches.ts"
import { isBefore, type Position } from "./positions/position.ts"
import { begin, type Settled, settle } from "./positions/settle.ts"
import { isLost, sidesOf } from "./positions/sides.ts"
import type { IdentityDraft } from "./state.ts"

/** A number for a class, never 0, as the state keeps it. */
export const hashOfClass = (name: string): number => createHash("sha256").update(name).digest().readUIntBE(0, 6) || 1

/** As `settle`, of a device that may have lost its position. Changes the draft in place. */
export const settleVolatile = (draft: IdentityDraft, at: Position, quiet: number): Settled => {
  if (isOfEarlierBoot(draft, at)) return { kind: "seen" }
  return mayRestart(draft, at, quiet) ? restart(draft, at) : settle(draft, at, quiet)
}

/**
 * Whether the device begins anew with this message: it stands where messages were accepted, nothing of the device was heard for as
 * long as ends a contest, and its `iat` is later than all that was accepted, so it is none of those.
 */
const mayRestart = (draft: IdentityDraft, at: Position, quiet: number): boolean => {
  if (draft.epo < 0 || at.future || isBefore({ epo: draft.epo, seq: draft.head }, at)) return false
  if (at.iat <= Math.max(draft.iat, draft.lostIat) || at.time - draft.heard < quiet) return false
  return sidesOf(draft).every(({ heard }) => at.time - heard >= quiet)
}

/** Whether it was accepted before the device began anew: nothing that came later is as old and stands as low. */
const isOfEarlierBoot = (draft: IdentityDraft, at: Position): boolean => draft.lostIat >= 0 && isLost(draft, at)

/** The sequence begins anew with this message, which itself is contested. What was accepted before stays old. In place. */
const restart = (draft: IdentityDraft, at: Position): Settled => {
  beginAnew(draft)
  begin(draft, { ...at, prv: null })
  return { kind: "side" }
}
