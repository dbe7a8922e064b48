/** The sequence rules of a device: where a message stands, and what the device's state is once it is accepted. Pure. */
import { accuse, free, isSame, isTaken, slotOf, take, turnEpoch } from "./slots.ts"
import { type IdentityState, LAYOUT, SLOTS } from "./state.ts"

/** A message's position. `digest` is the SHA-256 of its signing input, `offset` its place in `submitted`. */
export interface Position {
  readonly epo: number
  readonly seq: number
  readonly iat: number
  readonly digest: Uint8Array
  readonly offset: number
}

/**
 * `new` may be accepted; `seen` was accepted before, or cannot be distinguished from what was; `equivocation`: its slot holds
 * another message (at `earlier`, an offset); `clone`: new content for a position that the device had left (its head is at
 * `earlier`). The jumps are the distances that a bound applies to, 0 for a message that does not lead.
 */
export type Place =
  | { readonly kind: "new"; readonly epochJump: number; readonly sequenceJump: number }
  | { readonly kind: "seen" }
  | { readonly kind: "equivocation"; readonly earlier: number }
  | { readonly kind: "clone"; readonly earlier: number }

const SEEN: Place = { kind: "seen" }
const FOLLOWS: Place = { kind: "new", epochJump: 0, sequenceJump: 0 }

/** Where a message stands, by the sequence rules of README.md. */
export const placeOf = (state: IdentityState | undefined, position: Position): Place => {
  const { epo, seq } = position
  if (state === undefined || state.epo < 0) return FOLLOWS
  if (epo > state.epo) return { kind: "new", epochJump: epo - state.epo, sequenceJump: seq }
  if (epo < state.epo) return placeInOldEpoch(state, position)
  if (seq > state.head) return { kind: "new", epochJump: 0, sequenceJump: seq - state.head }
  if (seq > state.head - SLOTS) return placeInSlot(state, position)
  // Below the window nothing is remembered, but time is: a device that has signed its head signs nothing old later.
  return position.iat > state.iat ? cloneOf(state) : SEEN
}

const placeInOldEpoch = (state: IdentityState, position: Position): Place => {
  const { epo, seq, iat } = position
  const isKept =
    epo === state.previousEpo && seq > state.previousHead - SLOTS && slotOf(state, seq).owner === "previous"
  if (isKept && seq <= state.previousHead && isTaken(state, seq)) return placeInSlot(state, position)
  if (iat > state.since) return cloneOf(state)
  // Signed before the switch: the old epoch's tail, overtaken by the new one. Above the old head it is certainly new.
  if (epo === state.previousEpo && seq > state.previousHead)
    return { kind: "new", epochJump: 0, sequenceJump: seq - state.previousHead }
  return isKept ? FOLLOWS : SEEN
}

const placeInSlot = (state: IdentityState, { seq, digest }: Position): Place => {
  if (!isTaken(state, seq)) return FOLLOWS
  // Once an equivocation is proven, more of it proves nothing new, and anybody may replay what proved it.
  if (isSame(state, seq, digest) || slotOf(state, seq).holds === "accused") return SEEN
  return { kind: "equivocation", earlier: slotOf(state, seq).offset }
}

const cloneOf = (state: IdentityState): Place => ({ kind: "clone", earlier: slotOf(state, state.head).offset })

/** The state after a `new` message was accepted. */
export const accept = (before: IdentityState | undefined, position: Position): IdentityState => {
  const draft = LAYOUT.draft(before)
  const { epo, seq, iat, digest, offset } = position
  draft.iat = Math.max(draft.iat, iat)
  if (epo < draft.epo) {
    free(draft, draft.previousHead + 1, seq, "previous", false)
    take(draft, seq, "previous", digest, offset, false)
    draft.previousHead = Math.max(draft.previousHead, seq)
  } else if (epo === draft.epo) {
    free(draft, draft.head + 1, seq, "current", true)
    take(draft, seq, "current", digest, offset, true)
    draft.head = Math.max(draft.head, seq)
  } else {
    turnEpoch(draft)
    free(draft, 0, seq, "current", true)
    take(draft, seq, "current", digest, offset, true)
    draft.previousEpo = draft.epo
    draft.previousHead = draft.head
    draft.epo = epo
    draft.head = seq
    draft.since = draft.iat
  }
  return LAYOUT.seal(draft)
}

/** The state after an equivocation was held against the device. */
export const accused = (state: IdentityState, seq: number): IdentityState => {
  const draft = LAYOUT.draft(state)
  accuse(draft, seq)
  return LAYOUT.seal(draft)
}

/** The state after a message was refused and held against the device. */
export const refused = (state: IdentityState | undefined, iat: number): IdentityState => {
  const draft = LAYOUT.draft(state)
  draft.refused = iat
  return LAYOUT.seal(draft)
}
