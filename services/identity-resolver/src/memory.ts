/**
 * The bytes of a device's memory, kept as a string of one-byte characters: immutable by nature, and on V8's own heap,
 * where it costs half the time and two thirds of the memory of a Uint8Array. 16 slots, the slot of a counter being
 * `seq mod 16`:
 *
 *   flags (1) | digest of the signing input (32) | offset in `submitted`, big-endian (6)
 *
 * then eight 8-byte digest prefixes of the presentations that bear the newest `iat` among presentations (zero: free).
 * An epoch's window shares the slots with the one before: as the new one advances it takes slots over, and what the old
 * one had in them is forgotten.
 */
export const SLOTS = 16
const DIGEST = 1
const OFFSET = 33
const SLOT_BYTES = 39
const PRESENTATIONS = SLOTS * SLOT_BYTES
const PRESENTATION_SLOTS = 8
export const MEMORY_BYTES = PRESENTATIONS + PRESENTATION_SLOTS * 8

export const EMPTY_MEMORY = "\0".repeat(MEMORY_BYTES)

/** Owner of a slot: the epoch whose window it belongs to. */
export const CURRENT = 1
export const PREVIOUS = 2
export type Owner = typeof CURRENT | typeof PREVIOUS
const OWNER = 3
const TAKEN = 4
const ACCUSED = 8

const at = (seq: number): number => (seq % SLOTS) * SLOT_BYTES

export const isOwnedBy = (memory: string, seq: number, owner: Owner): boolean =>
  (memory.charCodeAt(at(seq)) & OWNER) === owner
export const isTaken = (memory: string, seq: number): boolean => (memory.charCodeAt(at(seq)) & TAKEN) !== 0
/** Whether equivocation in this slot was already held against the device. */
export const isAccused = (memory: string, seq: number): boolean => (memory.charCodeAt(at(seq)) & ACCUSED) !== 0

export const holds = (memory: string, seq: number, digest: Uint8Array): boolean => {
  const start = at(seq) + DIGEST
  for (let i = 0; i < 32; i++) if (memory.charCodeAt(start + i) !== digest[i]) return false
  return true
}

/** Where the message in a slot was submitted. */
export const offsetIn = (memory: string, seq: number): number => {
  let offset = 0
  for (let i = at(seq) + OFFSET; i < at(seq) + SLOT_BYTES; i++) offset = offset * 256 + memory.charCodeAt(i)
  return offset
}

/** A memory being changed; only the writers below look inside. */
export type Draft = Buffer

/** The one draft: changes are synchronous and do not nest. */
const desk: Draft = Buffer.alloc(MEMORY_BYTES)

/** Runs `change` on a copy of `memory` and returns the copy. */
export const revise = (memory: string, change: (draft: Draft) => void): string => {
  desk.write(memory, "latin1")
  change(desk)
  return desk.toString("latin1")
}

const isDraftOwnedBy = (draft: Draft, seq: number, owner: Owner): boolean => (draft[at(seq)]! & OWNER) === owner

/** Puts a message into its slot; one that another epoch owns is only taken where `seize`. */
export const take = (
  draft: Draft,
  seq: number,
  owner: Owner,
  digest: Uint8Array,
  offset: number,
  seize: boolean,
): void => {
  if (!seize && !isDraftOwnedBy(draft, seq, owner)) return
  const start = at(seq)
  draft[start] = owner | TAKEN
  draft.set(digest, start + DIGEST)
  draft.writeUIntBE(offset, start + OFFSET, 6)
}

export const accuse = (draft: Draft, seq: number): void => {
  draft[at(seq)]! |= ACCUSED
}

/** Frees the slots of the counters `from` to `to`, at most 16 of them, for `owner`; those of others only where `seize`. */
export const free = (draft: Draft, from: number, to: number, owner: Owner, seize: boolean): void => {
  for (let seq = Math.max(0, from, to - SLOTS + 1); seq <= to; seq++)
    if (seize || isDraftOwnedBy(draft, seq, owner)) draft[at(seq)] = owner
}

/**
 * The current epoch becomes the previous one; what was the previous one's is forgotten. The slots that the current one
 * never reached go with it, empty: its window covered every counter it had there, so they can only hold its tail.
 */
export const turnEpoch = (draft: Draft): void => {
  for (let slot = 0; slot < SLOTS; slot++) {
    const flags = draft[slot * SLOT_BYTES]!
    draft[slot * SLOT_BYTES] = (flags & OWNER) === CURRENT ? (flags & ~OWNER) | PREVIOUS : PREVIOUS
  }
}

/** Keeps a presentation's digest; false where it is known or no place is free. */
export const keepPresentation = (draft: Draft, digest: Uint8Array): boolean => {
  const prefix = digest.subarray(0, 8)
  for (let place = PRESENTATIONS; place < MEMORY_BYTES; place += 8) {
    const kept = draft.subarray(place, place + 8)
    if (kept.equals(prefix)) return false
    if (kept.every((byte) => byte === 0)) {
      kept.set(prefix)
      return true
    }
  }
  return false
}

export const forgetPresentations = (draft: Draft): void => {
  draft.fill(0, PRESENTATIONS)
}
