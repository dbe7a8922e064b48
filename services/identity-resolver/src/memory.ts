/**
 * The bytes of a device's memory. 16 slots, the slot of a counter being `seq mod 16`:
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

/** Owner of a slot: an epoch whose window it belongs to. 0 is nobody's: forgotten. */
export const CURRENT = 1
export const PREVIOUS = 2
export type Owner = typeof CURRENT | typeof PREVIOUS
const OWNER = 3
const TAKEN = 4
const ACCUSED = 8

const at = (seq: number): number => (seq % SLOTS) * SLOT_BYTES

export const newMemory = (): Uint8Array => new Uint8Array(MEMORY_BYTES)

export const isOwnedBy = (memory: Uint8Array, seq: number, owner: Owner): boolean =>
  (memory[at(seq)]! & OWNER) === owner
export const isTaken = (memory: Uint8Array, seq: number): boolean => (memory[at(seq)]! & TAKEN) !== 0
/** Whether equivocation in this slot was already held against the device. */
export const isAccused = (memory: Uint8Array, seq: number): boolean => (memory[at(seq)]! & ACCUSED) !== 0

export const holds = (memory: Uint8Array, seq: number, digest: Uint8Array): boolean => {
  const start = at(seq) + DIGEST
  for (let i = 0; i < 32; i++) if (memory[start + i] !== digest[i]) return false
  return true
}

/** Where the message in a slot was submitted. */
export const offsetIn = (memory: Uint8Array, seq: number): number => {
  let offset = 0
  for (let i = at(seq) + OFFSET; i < at(seq) + SLOT_BYTES; i++) offset = offset * 256 + memory[i]!
  return offset
}

// The writers below change `memory`: callers pass a fresh copy.

export const take = (memory: Uint8Array, seq: number, owner: Owner, digest: Uint8Array, offset: number): void => {
  const start = at(seq)
  memory[start] = owner | TAKEN
  memory.set(digest, start + DIGEST)
  let rest = offset
  for (let i = start + SLOT_BYTES - 1; i >= start + OFFSET; i--) {
    memory[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

export const accuse = (memory: Uint8Array, seq: number): void => {
  memory[at(seq)]! |= ACCUSED
}

/** Frees the slots of the counters `from` to `to`, at most 16 of them, for `owner`; those of others only where `seize`. */
export const free = (memory: Uint8Array, from: number, to: number, owner: Owner, seize: boolean): void => {
  for (let seq = Math.max(0, from, to - SLOTS + 1); seq <= to; seq++)
    if (seize || isOwnedBy(memory, seq, owner)) memory[at(seq)] = owner
}

/** The current epoch becomes the previous one; what was the previous one's is forgotten. */
export const turnEpoch = (memory: Uint8Array): void => {
  for (let slot = 0; slot < SLOTS; slot++) {
    const flags = memory[slot * SLOT_BYTES]!
    memory[slot * SLOT_BYTES] = (flags & OWNER) === CURRENT ? (flags & ~OWNER) | PREVIOUS : 0
  }
}

/** The place of a presentation's digest among those of the newest second: a free one, or -1 where it is known or none is free. */
export const presentationPlace = (memory: Uint8Array, digest: Uint8Array): number => {
  for (let place = PRESENTATIONS; place < MEMORY_BYTES; place += 8) {
    let same = true
    let zero = true
    for (let i = 0; i < 8; i++) {
      if (memory[place + i] !== digest[i]) same = false
      if (memory[place + i] !== 0) zero = false
    }
    if (same) return -1
    if (zero) return place
  }
  return -1
}

export const keepPresentation = (memory: Uint8Array, place: number, digest: Uint8Array): void =>
  memory.set(digest.subarray(0, 8), place)

export const forgetPresentations = (memory: Uint8Array): void => {
  memory.fill(0, PRESENTATIONS)
}
