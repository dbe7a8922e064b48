/** The places of the main branch: what lies on them, and how they change in place. */
import {
  AWAITED,
  DIGEST_BYTES,
  EARLIER,
  FOLLOWED,
  type IdentityDraft,
  PREFIX_BYTES,
  RECENT,
  SIDE_WINDOW,
  SIDES,
  type SideDraft,
  WINDOW,
} from "../state.ts"
import { isBefore, isDigest, type Position, short } from "./position.ts"

/** Nothing came here yet. */
export const FREE = 0
/** The device itself left it out: its next message names the one before the gap. */
const VOID = 1
/** Something lies here, and whatever comes is taken for it: its digest is forgotten, or a fork was proven already. */
export const KNOWN = 2

/** One of 65,533 values: two messages on one place are distinguished but for one in so many. */
export const tagOf = (digest: Uint8Array): number =>
  3 + (((digest[digest.length - 2]! << 8) | digest[digest.length - 1]!) % 65_533)

const NO_DIGEST = new Uint8Array(DIGEST_BYTES)
const modulo = (place: number, size: number): number => ((place % size) + size) % size

/** Where the places begin of a branch of which nothing is known before. */
const ORIGIN = 0

export const headPlace = ({ head, base }: IdentityDraft): number => head + base
export const tagAt = ({ tags }: IdentityDraft, place: number): number => tags.at(modulo(place, WINDOW))
export const setTag = ({ tags }: IdentityDraft, place: number, tag: number): void =>
  tags.set(modulo(place, WINDOW), tag)

/** Where the message on a recent place was submitted; null where that is not known. */
export const offsetAt = (draft: IdentityDraft, place: number): number | null => {
  const far = headPlace(draft) - place
  if (far < 0 || far >= RECENT || place < draft.bottom) return null
  const { digest, offset } = draft.recent.at(modulo(place, RECENT))
  return digest.every((byte) => byte === 0) ? null : offset
}

/** The head's own offset: the last resort of a proof whose other message is not kept. */
export const headOffset = (draft: IdentityDraft): number => offsetAt(draft, headPlace(draft)) ?? 0

/** Remembers a message on one of the last 16 places. */
export const keepRecent = (draft: IdentityDraft, place: number, digest: Uint8Array, offset: number): void => {
  const kept = draft.recent.at(modulo(place, RECENT))
  kept.digest = digest
  kept.offset = offset
}

/** Nothing is remembered of a recent place but its tag. */
export const forgetRecent = (draft: IdentityDraft, place: number): void => keepRecent(draft, place, NO_DIGEST, 0)

/** Whether the message on a taken place has this digest: exactly on the recent places, by its tag elsewhere. */
export const isOn = (draft: IdentityDraft, place: number, digest: Uint8Array): boolean =>
  offsetAt(draft, place) === null
    ? tagAt(draft, place) === tagOf(digest)
    : isDigest(draft.recent.at(modulo(place, RECENT)).digest, digest)

/** Puts a message on a place at or below the head. */
export const putTag = (draft: IdentityDraft, place: number, at: Position): void => {
  setTag(draft, place, tagOf(at.digest))
  if (headPlace(draft) - place < RECENT) keepRecent(draft, place, short(at.digest), at.offset)
}

/**
 * Which message already follows the one that `prv` names: its offset. Null where the named one is the head, or is not
 * among the recent ones.
 */
export const followerOf = (draft: IdentityDraft, prv: Uint8Array | null): number | null => {
  const top = headPlace(draft)
  for (let place = top - 1; place > top - RECENT && place >= draft.bottom; place--) {
    const { digest } = draft.recent.at(modulo(place, RECENT))
    if (!isDigest(digest, prv)) continue
    for (let next = place + 1; next <= top; next++) {
      const found = offsetAt(draft, next)
      if (found !== null) return found
    }
  }
  return null
}

/** Whether a digest may be that of a message which lies below the head. */
export const mayBeHeld = (draft: IdentityDraft, digest: Uint8Array): boolean => {
  const tag = tagOf(digest)
  for (let place = headPlace(draft) - 1; place >= draft.bottom; place--) if (tagAt(draft, place) === tag) return true
  return false
}

/** What follows the message with this digest is the first one of a run that is forgotten. */
export const rememberFollowed = ({ followed }: IdentityDraft, digest: Uint8Array): void => {
  if (digest.every((byte) => byte === 0)) return
  if (followed.length === FOLLOWED) followed.remove(0)
  followed.push(digest.subarray(0, PREFIX_BYTES))
}

/** Nothing will come into this hole any more. */
const dropHole = (draft: IdentityDraft, index: number): void => {
  rememberFollowed(draft, draft.awaited.at(index).digest)
  draft.awaited.remove(index)
}

/** Moves the head to a place, `place - head` places on; those between get `between`. */
const moveHead = (draft: IdentityDraft, place: number, between: number): void => {
  const top = headPlace(draft)
  for (let skipped = Math.max(top + 1, place - WINDOW + 1); skipped < place; skipped++) {
    setTag(draft, skipped, between)
    keepRecent(draft, skipped, NO_DIGEST, 0)
  }
  draft.bottom = Math.max(draft.bottom, place - WINDOW + 1)
  // What leaves the window was accepted before the head stood on the last multiple of 256.
  if (Math.floor(place / WINDOW) !== Math.floor(top / WINDOW)) draft.forgotten = draft.iat
  while (draft.awaited.length > 0 && draft.awaited.at(0).place < draft.bottom - 1) dropHole(draft, 0)
  while (draft.earlier.length > 0 && draft.earlier.at(draft.earlier.length - 1).last < draft.bottom)
    draft.earlier.remove(draft.earlier.length - 1)
}

/** A new epoch begins behind the head; the one before is closed where it stands. */
const turnEpoch = (draft: IdentityDraft, epo: number, seq: number): void => {
  const last = headPlace(draft)
  if (draft.earlier.length === EARLIER) {
    const { epo: oldest, base, last: its } = draft.earlier.at(EARLIER - 1)
    draft.bottom = its + 1
    draft.forgotten = draft.iat
    // Should the branch before this one be the main one again, it is ahead of these places.
    if (draft.adopted) loseAll(draft, oldest, its - base, draft.iat)
    draft.earlier.remove(EARLIER - 1)
  }
  const closed = draft.earlier.insert(0)
  closed.epo = draft.epo
  closed.base = draft.base
  closed.from = draft.from
  closed.last = last
  draft.epo = epo
  draft.base = last + 1 - seq
  draft.from = last + 1
  // Until the message is put there the head is the last place of the epoch before.
  draft.head = seq - 1
}

type Run = Pick<SideDraft, "epo" | "first" | "head" | "iat">

/** What remains of a run that is dropped. Of the oldest only the highest position and the latest `iat`. */
export const lose = (draft: IdentityDraft, { epo, first, head, iat }: Run): void => {
  const { lost } = draft
  if (lost.length === SIDES) {
    loseAll(draft, lost.at(0).epo, lost.at(0).head, lost.at(0).iat)
    lost.remove(0)
  }
  Object.assign(lost.push(), { epo, first, head, iat })
}

/** From here on nothing at or below a position, and no later than its `iat`, is new. */
export const loseAll = (draft: IdentityDraft, epo: number, seq: number, iat: number): void => {
  draft.lostIat = Math.max(draft.lostIat, iat)
  if (!isBefore({ epo: draft.lostEpo, seq: draft.lostSeq }, { epo, seq })) return
  draft.lostEpo = epo
  draft.lostSeq = seq
}

/**
 * What remains of the main branch's places above one, up to another: they are to be cleared. What was accepted there is not new
 * on another branch either, whichever is the main one by then.
 */
export const losePlaces = (draft: IdentityDraft, above: number, upTo: number): void => {
  const present = { epo: draft.epo, base: draft.base, from: draft.from, last: headPlace(draft) }
  for (const { epo, base, from, last } of [...draft.earlier, present]) {
    let first = Math.max(from, draft.bottom, above + 1)
    const end = Math.min(last, upTo) + 1
    // What is to come into a hole is as new afterwards as before.
    for (let place = first; place <= end; place++) {
      if (place < end && tagAt(draft, place) !== FREE) continue
      if (first < place) lose(draft, { epo, first: first - base, head: place - 1 - base, iat: draft.iat })
      first = place + 1
    }
  }
  for (let index = draft.awaited.length - 1; index >= 0; index--) {
    const { place } = draft.awaited.at(index)
    if (place > above && place < upTo) dropHole(draft, index)
  }
}

/** Forgets every place: what comes next stands alone. */
export const clearWindow = (draft: IdentityDraft, epo: number, seq: number): void => {
  for (let place = 0; place < WINDOW; place++) draft.tags.set(place, FREE)
  for (let place = 0; place < RECENT; place++) keepRecent(draft, place, NO_DIGEST, 0)
  draft.earlier.clear()
  draft.awaited.clear()
  draft.forgotten = draft.iat
  draft.epo = epo
  draft.base = ORIGIN - seq
  draft.from = ORIGIN
  draft.bottom = ORIGIN
  draft.head = seq
}

/** The main branch goes on with a message that stands ahead of it. What it leaves out, it says itself, nobody signed. */
export const lead = (draft: IdentityDraft, at: Position): void => {
  if (at.epo > draft.epo && Number.isSafeInteger(headPlace(draft) + 1 - at.seq)) turnEpoch(draft, at.epo, at.seq)
  const by = at.seq - draft.head
  if (at.epo !== draft.epo || by >= WINDOW) {
    if (draft.adopted) losePlaces(draft, Number.NEGATIVE_INFINITY, headPlace(draft))
    clearWindow(draft, at.epo, at.seq)
  } else {
    moveHead(draft, at.seq + draft.base, VOID)
    draft.head = at.seq
  }
  draft.digest = short(at.digest)
  putTag(draft, headPlace(draft), at)
}

/**
 * Appends a run to the main branch. Where it is not linked, places between stay free as far as they are known, since their
 * messages may still come, and the hole before it is remembered with the digest that its successor named.
 */
export const append = (draft: IdentityDraft, side: SideDraft, isLinked: boolean): void => {
  const { epo, first, head, digest, awaited, firstOffset, headOffset: offset } = side
  const tags = [...side.tags]
  const isShort = head - first < WINDOW
  const isNear = isShort && epo === draft.epo && head - draft.head < WINDOW
  const turns = isShort && isLinked && epo > draft.epo && Number.isSafeInteger(headPlace(draft) + 1 - first)
  if (turns) turnEpoch(draft, epo, first)
  if (turns || isNear) moveHead(draft, head + draft.base, FREE)
  else {
    losePlaces(draft, Number.NEGATIVE_INFINITY, headPlace(draft))
    clearWindow(draft, epo, head)
  }
  draft.head = head
  const top = headPlace(draft)
  const lowest = Math.max(first + draft.base, top - WINDOW + 1)
  if (!turns && !isNear) {
    draft.bottom = lowest
    draft.from = lowest
  }
  for (let place = lowest; place <= top; place++) setTag(draft, place, tags[top - place] ?? KNOWN)
  draft.digest = digest
  keepRecent(draft, top, digest, offset)
  if (!isLinked) awaitHole(draft, first + draft.base - 1, awaited, firstOffset)
}

/** Remembers that the successor of a hole has named its digest. */
export const awaitHole = (draft: IdentityDraft, place: number, digest: Uint8Array, offset: number): void => {
  if (draft.awaited.length === AWAITED) dropHole(draft, 0)
  const hole = draft.awaited.push()
  hole.place = place
  hole.digest = digest
  hole.offset = offset
}

/** The place of a position on the main branch; null where nothing is known of it, or it lies ahead. */
export const placeOf = (draft: IdentityDraft, { epo, seq }: Position): Located => {
  if (epo === draft.epo) {
    const place = seq + draft.base
    if (place < draft.bottom) return UNKNOWN
    return place < draft.from ? closedBy(draft, draft.from) : { place, after: null }
  }
  for (const one of draft.earlier) {
    if (one.epo !== epo) continue
    const place = seq + one.base
    if (place < draft.bottom) return UNKNOWN
    if (place > one.last) return closedBy(draft, one.last + 1)
    return place < one.from ? closedBy(draft, one.from) : { place, after: null }
  }
  return UNKNOWN
}

/** The device has said itself that nothing was signed there: the message on `place` named the last one before it. */
const closedBy = (draft: IdentityDraft, place: number): Located => ({
  place: null,
  after: offsetAt(draft, place) ?? headOffset(draft),
})

export interface Located {
  readonly place: number | null
  /** Where no message can stand: the offset of the one that says so. */
  readonly after: number | null
}
const UNKNOWN: Located = { place: null, after: null }

/** Tags of the last places of the present epoch, from the head down. */
export const lastTags = (draft: IdentityDraft): ReadonlyArray<number> => {
  const top = headPlace(draft)
  const count = Math.min(SIDE_WINDOW, top - Math.max(draft.from, draft.bottom) + 1)
  return Array.from({ length: count }, (_, back) => tagAt(draft, top - back))
}
