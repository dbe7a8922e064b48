/** The branches beside the main one: runs of messages, each naming the one before it. Changed in place. */
import { DIGEST_BYTES, type IdentityDraft, SIDE_WINDOW, SIDES, type SideDraft } from "../state.ts"
import { isBefore, isDigest, type Position, short } from "./position.ts"
import { KNOWN, lose, rememberFollowed, tagOf } from "./window.ts"

const NO_DIGEST = new Uint8Array(DIGEST_BYTES)
type Kind = SideDraft["kind"]

export const sidesOf = ({ sides }: IdentityDraft): ReadonlyArray<SideDraft> =>
  Array.from({ length: sides.length }, (_, index) => sides.at(index))

/** The index of the first side that is wanted; -1 where there is none. */
export const findSide = (draft: IdentityDraft, wanted: (side: SideDraft) => boolean): number => {
  for (let index = 0; index < draft.sides.length; index++) if (wanted(draft.sides.at(index))) return index
  return -1
}

/** Whether a message follows the head of a side by name and by place. */
export const follows = (side: SideDraft, at: Position): boolean =>
  isDigest(side.digest, at.prv) && isBefore({ epo: side.epo, seq: side.head }, at)

/** Whether it is the one that a side's first message named, and stands before it. */
export const precedes = (side: SideDraft, at: Position): boolean =>
  isDigest(side.awaited, at.digest) && isBefore(at, { epo: side.epo, seq: side.first })

/** On a side: something lies there, farther back than digests are kept. */
export const UNKNOWN = 1

/** What a side remembers of a position: null where it is not among its places, else the tag. */
export const tagOn = (side: SideDraft, { epo, seq }: Position): number | null => {
  if (epo !== side.epo || seq < side.first || seq > side.head) return null
  const back = side.head - seq
  return back < side.tags.length ? side.tags.at(back) : UNKNOWN
}

export const dropSide = (draft: IdentityDraft, index: number): void => {
  const { digest, awaited, isOrphan } = draft.sides.at(index)
  lose(draft, draft.sides.at(index))
  // What follows its head follows nothing that can be the main branch's: only the first name of a line is worth its room.
  if (!isOrphan) rememberFollowed(draft, awaited)
  forgetFollowed(draft, digest)
  for (const side of sidesOf(draft)) if (Buffer.compare(side.awaited, digest) === 0) side.isOrphan = true
  draft.sides.remove(index)
}

const isPrefix = (kept: Uint8Array, digest: Uint8Array): boolean =>
  Buffer.compare(kept, digest.subarray(0, kept.length)) === 0

const forgetFollowed = ({ followed }: IdentityDraft, digest: Uint8Array): void => {
  for (let index = followed.length - 1; index >= 0; index--)
    if (isPrefix(followed.at(index), digest)) followed.remove(index)
}

/** A new side; the one that was silent longest makes room, but never the branch that was the main one. */
export const addSide = (draft: IdentityDraft, kind: Kind): SideDraft => {
  if (draft.sides.length === SIDES) {
    let oldest = -1
    for (let index = 0; index < SIDES; index++) {
      const { kind: its, heard } = draft.sides.at(index)
      if (its !== "old" && (oldest < 0 || heard < draft.sides.at(oldest).heard)) oldest = index
    }
    dropSide(draft, oldest)
  }
  const side = draft.sides.push()
  side.kind = kind
  return side
}

/** A message begins a side. @param began of the contest that it goes on with, milliseconds of the log */
export const beginSide = (draft: IdentityDraft, kind: Kind, at: Position, began = at.time): void => {
  const side = addSide(draft, kind)
  side.epo = at.epo
  side.first = at.seq
  side.head = at.seq
  side.digest = short(at.digest)
  side.awaited = at.prv === null ? NO_DIGEST : short(at.prv)
  side.began = began
  side.heard = at.time
  side.iat = timeOf(at)
  side.firstOffset = at.offset
  side.headOffset = at.offset
  side.tags.push(tagOf(at.digest))
}

/** What is from the far future moves no time. */
const timeOf = ({ iat, future }: Position): number => (future ? -1 : iat)

/** A message that follows a side's head: the side goes on, or in a new epoch the next one begins, which awaits that head. */
export const extendSide = (draft: IdentityDraft, index: number, at: Position): number => {
  const side = draft.sides.at(index)
  if (at.epo !== side.epo) {
    beginSide(draft, side.kind, at, side.began)
    return draft.sides.length - 1
  }
  for (let left = Math.min(at.seq - side.head, SIDE_WINDOW) - 1; left > 0; left--) putFirst(side, KNOWN)
  putFirst(side, tagOf(at.digest))
  side.head = at.seq
  side.digest = short(at.digest)
  side.headOffset = at.offset
  side.heard = at.time
  side.iat = Math.max(side.iat, timeOf(at))
  return index
}

const putFirst = ({ tags }: SideDraft, tag: number): void => {
  if (tags.length === SIDE_WINDOW) tags.remove(SIDE_WINDOW - 1)
  tags.insert(0, tag)
}

/** The message that a side's first one named comes before it; one of an earlier epoch is a side of its own. */
export const prependSide = (draft: IdentityDraft, index: number, at: Position): void => {
  const side = draft.sides.at(index)
  if (at.epo !== side.epo) {
    beginSide(draft, side.kind, at)
    return
  }
  const back = side.head - at.seq
  while (side.tags.length < Math.min(back, SIDE_WINDOW)) side.tags.push(KNOWN)
  if (back < SIDE_WINDOW) side.tags.push(tagOf(at.digest))
  side.first = at.seq
  side.firstOffset = at.offset
  side.awaited = at.prv === null ? NO_DIGEST : short(at.prv)
  side.iat = Math.max(side.iat, timeOf(at))
  side.heard = at.time
}

/** The sides that a side goes on from, each awaited by the next; with itself. */
export const lineOf = (draft: IdentityDraft, index: number): ReadonlySet<number> => {
  const line = new Set([index])
  for (let last = index; ; ) {
    const { awaited } = draft.sides.at(last)
    last = findSide(draft, ({ digest }) => Buffer.compare(digest, awaited) === 0)
    if (last < 0 || line.has(last)) return line
    line.add(last)
  }
}

/** Whether what follows the message with this digest may be the first one of a side that is forgotten. */
export const wasFollowed = ({ followed }: IdentityDraft, digest: Uint8Array): boolean => {
  for (const kept of followed) if (isPrefix(kept, digest)) return true
  return false
}

/** Whether a message may be one of a run that was dropped. */
export const isLost = (draft: IdentityDraft, at: Position): boolean => {
  const { lostEpo, lostSeq, lostIat } = draft
  return (at.iat <= lostIat && !isBefore({ epo: lostEpo, seq: lostSeq }, at)) || isInLostRun(draft, at)
}

/** Whether it lies in a run that was dropped and whose bounds are still known: what the device signed there was accepted. */
export const isInLostRun = ({ lost }: IdentityDraft, at: Position): boolean => {
  for (const { epo, first, head, iat } of lost)
    if (at.epo === epo && at.seq >= first && at.seq <= head && at.iat <= iat) return true
  return false
}
