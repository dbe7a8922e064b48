/** The sequence rules of a device: where a message stands, and what the device's state is once it is accepted. Pure. */
import {
  accuse,
  CURRENT,
  EMPTY_MEMORY,
  forgetPresentations,
  free,
  holds,
  isAccused,
  isOwnedBy,
  isTaken,
  keepPresentation,
  offsetIn,
  PREVIOUS,
  revise,
  SLOTS,
  take,
  turnEpoch,
} from "./memory.ts"
import type { IdentityState } from "./state.ts"

/** A message's position. `digest` is the SHA-256 of its signing input, `offset` its place in `submitted`. */
export interface Position {
  readonly epo: number
  readonly seq: number
  readonly iat: number
  readonly digest: Uint8Array
  readonly offset: number
}

/**
 * `new` may be accepted; `seen` was accepted before, or cannot be told from what was; `equivocation`: its slot holds
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

const BLANK: IdentityState = {
  epo: -1,
  head: -1,
  iat: -1,
  since: -1,
  previousEpo: -1,
  previousHead: -1,
  refused: -1,
  presented: -1,
  memory: EMPTY_MEMORY,
}

/** Where a message stands, by the rules of DESIGN section 4. */
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
  const isKept = epo === state.previousEpo && seq > state.previousHead - SLOTS && isOwnedBy(state.memory, seq, PREVIOUS)
  if (isKept && seq <= state.previousHead && isTaken(state.memory, seq)) return placeInSlot(state, position)
  if (iat > state.since) return cloneOf(state)
  // Signed before the switch: the old epoch's tail, overtaken by the new one. Above the old head it is certainly new.
  if (epo === state.previousEpo && seq > state.previousHead)
    return { kind: "new", epochJump: 0, sequenceJump: seq - state.previousHead }
  return isKept ? FOLLOWS : SEEN
}

const placeInSlot = (state: IdentityState, { seq, digest }: Position): Place => {
  if (!isTaken(state.memory, seq)) return FOLLOWS
  // Once an equivocation is proven, more of it proves nothing new, and anybody may replay what proved it.
  if (holds(state.memory, seq, digest) || isAccused(state.memory, seq)) return SEEN
  return { kind: "equivocation", earlier: offsetIn(state.memory, seq) }
}

const cloneOf = (state: IdentityState): Place => ({ kind: "clone", earlier: offsetIn(state.memory, state.head) })

/** The state after a `new` message was accepted. */
export const accept = (before: IdentityState | undefined, position: Position): IdentityState => {
  const state = before ?? BLANK
  const { epo, seq, iat, digest, offset } = position
  const latest = Math.max(state.iat, iat)
  if (epo < state.epo) {
    const memory = revise(state.memory, (draft) => {
      free(draft, state.previousHead + 1, seq, PREVIOUS, false)
      take(draft, seq, PREVIOUS, digest, offset, false)
    })
    return { ...state, iat: latest, previousHead: Math.max(state.previousHead, seq), memory }
  }
  if (epo === state.epo) {
    const memory = revise(state.memory, (draft) => {
      free(draft, state.head + 1, seq, CURRENT, true)
      take(draft, seq, CURRENT, digest, offset, true)
    })
    return { ...state, head: Math.max(state.head, seq), iat: latest, memory }
  }
  const memory = revise(state.memory, (draft) => {
    turnEpoch(draft)
    free(draft, 0, seq, CURRENT, true)
    take(draft, seq, CURRENT, digest, offset, true)
  })
  return {
    ...state,
    epo,
    head: seq,
    iat: latest,
    since: latest,
    previousEpo: state.epo,
    previousHead: state.head,
    memory,
  }
}

/** The state after an equivocation was held against the device. */
export const accused = (state: IdentityState, seq: number): IdentityState => ({
  ...state,
  memory: revise(state.memory, (draft) => accuse(draft, seq)),
})

/** The state after a message was refused and held against the device. */
export const refused = (state: IdentityState | undefined, iat: number): IdentityState => ({
  ...(state ?? BLANK),
  refused: iat,
})

/**
 * The state after a presentation, or null where it was seen before or cannot be told from one that was: those of one
 * second are remembered, up to eight; any older one is refused.
 */
export const present = (before: IdentityState | undefined, iat: number, digest: Uint8Array): IdentityState | null => {
  const state = before ?? BLANK
  if (iat < state.presented) return null
  let isNew = false
  const memory = revise(state.memory, (draft) => {
    if (iat > state.presented) forgetPresentations(draft)
    isNew = keepPresentation(draft, digest)
  })
  return isNew ? { ...state, presented: iat, memory } : null
}
