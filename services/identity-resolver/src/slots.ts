/** The slots of a device's window, and its presentations: how they are read, and how they change in place. */
import { type IdentityDraft, type IdentityState, PREFIX_BYTES, SLOTS } from "./state.ts"

type Owner = "current" | "previous"
type Slots = Pick<IdentityState, "slots">

/** The slot of a counter. */
export const slotOf = ({ slots }: Slots, seq: number) => slots.at(seq % SLOTS)
const draftSlot = ({ slots }: IdentityDraft, seq: number) => slots.at(seq % SLOTS)

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Whether a message was accepted in this slot. */
export const isTaken = (state: Slots, seq: number): boolean => slotOf(state, seq).holds !== "nothing"

/** Whether the message in a slot has this digest. */
export const isSame = (state: Slots, seq: number, digest: Uint8Array): boolean =>
  equal(slotOf(state, seq).digest, digest)

/** Puts a message into its slot; one that another epoch owns is only taken where `seize`. */
export const take = (
  draft: IdentityDraft,
  seq: number,
  owner: Owner,
  digest: Uint8Array,
  offset: number,
  seize: boolean,
): void => {
  const slot = draftSlot(draft, seq)
  if (!seize && slot.owner !== owner) return
  slot.owner = owner
  slot.holds = "message"
  slot.digest = digest
  slot.offset = offset
}

export const accuse = (draft: IdentityDraft, seq: number): void => {
  draftSlot(draft, seq).holds = "accused"
}

const empty = (slot: ReturnType<typeof draftSlot>, owner: Owner): void => {
  slot.owner = owner
  slot.holds = "nothing"
}

/** Frees the slots of the counters `from` to `to`, at most 16 of them, for `owner`; those of others only where `seize`. */
export const free = (draft: IdentityDraft, from: number, to: number, owner: Owner, seize: boolean): void => {
  for (let seq = Math.max(0, from, to - SLOTS + 1); seq <= to; seq++) {
    const slot = draftSlot(draft, seq)
    if (seize || slot.owner === owner) empty(slot, owner)
  }
}

/**
 * The current epoch becomes the previous one; what was the previous one's is forgotten. The slots that the current one
 * never reached go with it, empty: its window covered every counter it had there, so they can only hold its tail.
 */
export const turnEpoch = (draft: IdentityDraft): void => {
  for (let index = 0; index < SLOTS; index++) {
    const slot = draft.slots.at(index)
    if (slot.owner === "current") slot.owner = "previous"
    else empty(slot, "previous")
  }
}

/**
 * Where a presentation's digest is to be kept among those of its second; null where it is known or no place is free.
 */
export const placeForPresentation = (
  { presentations }: Pick<IdentityState, "presentations">,
  digest: Uint8Array,
): number | null => {
  const prefix = digest.subarray(0, PREFIX_BYTES)
  for (let place = 0; place < presentations.length; place++) {
    const kept = presentations.at(place)
    if (equal(kept, prefix)) return null
    if (kept.every((byte) => byte === 0)) return place
  }
  return null
}

/** Keeps a presentation's digest at `place`. */
export const keepPresentation = ({ presentations }: IdentityDraft, place: number, digest: Uint8Array): void =>
  presentations.set(place, digest.subarray(0, PREFIX_BYTES))

const FREE = new Uint8Array(PREFIX_BYTES)

export const forgetPresentations = ({ presentations }: IdentityDraft): void => {
  for (let place = 0; place < presentations.length; place++) presentations.set(place, FREE)
}
