/**
 * The rules of a device's sequence (README.md, "Positions"): where a message belongs, and what becomes of the branches. The
 * draft has the message in it afterwards. No clock proves anything here: the log's time only ends a contest, and a signed
 * `iat` only shows that a message is none of those that are forgotten.
 */
import { FUTURES, type IdentityDraft, PREFIX_BYTES } from "../state.ts"
import { adopt, joinSides, mayAdopt, retreat } from "./branches.ts"
import { isBefore, isDigest, type Position, short } from "./position.ts"
import {
  beginSide,
  dropSide,
  extendSide,
  findSide,
  follows,
  isInLostRun,
  isLost,
  precedes,
  prependSide,
  sidesOf,
  tagOn,
  UNKNOWN,
  wasFollowed,
} from "./sides.ts"
import {
  awaitHole,
  FREE,
  followerOf,
  headOffset,
  headPlace,
  isOn,
  KNOWN,
  lead,
  lose,
  mayBeHeld,
  offsetAt,
  placeOf,
  putTag,
  setTag,
  tagAt,
  tagOf,
} from "./window.ts"

/**
 * `seen`: it was accepted before, or cannot be distinguished from what was; the draft means nothing then. `main`: it goes on, or fills
 * a hole as its successor said. `side`: contested, for nothing links it to what is held. `fork`: with the message at `earlier`
 * it proves that two were signed for one place (`slot`), or after one message.
 */
export type Settled =
  | { readonly kind: "seen" | "main" | "side" }
  | { readonly kind: "fork"; readonly earlier: number; readonly slot: boolean }

const SEEN: Settled = { kind: "seen" }
const MAIN: Settled = { kind: "main" }
const SIDE: Settled = { kind: "side" }
const forkOf = (earlier: number, slot: boolean): Settled => ({ kind: "fork", earlier, slot })

/** @param quiet milliseconds for which the other branches must be silent before a contested one becomes the main one */
export const settle = (draft: IdentityDraft, at: Position, quiet: number): Settled => {
  if (draft.epo < 0) return begin(draft, at)
  const isAhead = isBefore({ epo: draft.epo, seq: draft.head }, at)
  const settled =
    isAhead && isDigest(draft.digest, at.prv)
      ? wasAccepted(draft, at, draft.digest)
        ? SEEN
        : onward(draft, at)
      : elsewhere(draft, at, isAhead, quiet)
  if (settled.kind === "seen") return SEEN
  if (at.future) rememberFuture(draft, at)
  else draft.iat = Math.max(draft.iat, at.iat)
  return settled
}

/** The first message that is known of a device. What came before it is only believed as its successors name it. */
export const begin = (draft: IdentityDraft, at: Position): Settled => {
  draft.epo = at.epo
  draft.head = at.seq - 1
  draft.base = -at.seq
  lead(draft, at)
  draft.heard = at.time
  if (!at.future) draft.iat = Math.max(draft.iat, at.iat)
  draft.forgotten = Math.max(draft.forgotten, draft.iat)
  if (at.prv !== null) awaitHole(draft, headPlace(draft) - 1, short(at.prv), at.offset)
  return MAIN
}

/** A fading maximum forgets a sixteenth with each message. */
const FADES = 16
const LONGEST_GAP_MS = 31 * 86_400_000

/** The main branch goes on. */
const onward = (draft: IdentityDraft, at: Position): Settled => {
  const fork = draft.sides.length === 0 ? null : contradicted(draft, at)
  lead(draft, at)
  const { gap } = draft
  draft.gap = Math.min(LONGEST_GAP_MS, Math.max(at.time - draft.heard, gap - Math.floor(gap / FADES)))
  draft.heard = at.time
  joinSides(draft)
  return fork ?? MAIN
}

/**
 * Whether the main branch runs into one that jumped ahead: it reaches its first place by another way, or stands before it
 * and is not what it named. That one is dropped then: the main branch has the place.
 */
const contradicted = (draft: IdentityDraft, at: Position): Settled | null => {
  for (const [index, side] of sidesOf(draft).entries()) {
    const first = { epo: side.epo, seq: side.first }
    if (precedes(side, at) || !isBefore({ epo: draft.epo, seq: draft.head }, first)) continue
    const reaches = !isBefore(at, first)
    const isBeforeFirst = at.epo === side.epo && at.seq + 1 === side.first && namesOne(side.awaited)
    if (!reaches && !isBeforeFirst) continue
    const isOnPlace = tagOn(side, at) !== null
    const fork = forkOf(at.epo === side.epo && at.seq === side.head ? side.headOffset : side.firstOffset, isOnPlace)
    dropSide(draft, index)
    return fork
  }
  return null
}

const namesOne = (awaited: Uint8Array): boolean => awaited.some((byte) => byte !== 0)

/** Everything but the message that follows the head. */
const elsewhere = (draft: IdentityDraft, at: Position, isAhead: boolean, quiet: number): Settled => {
  const onSide = onSidePlace(draft, at)
  if (onSide !== null) return onSide
  const { place, after } = isAhead ? AHEAD : placeOf(draft, at)
  if (place !== null && tagAt(draft, place) !== FREE) return onTakenPlace(draft, at, place)
  const following = findSide(draft, (side) => follows(side, at))
  const followsOld = following >= 0 && draft.sides.at(following).kind === "old"
  if (followsOld ? wasAccepted(draft, at, draft.sides.at(following).digest) : isRepeat(draft, at)) return SEEN
  if (!isAhead && isAwaited(draft, at)) return fillHole(draft, at, place)
  if (!isAhead && place === null && at.iat <= draft.forgotten && !followsOld) return SEEN
  if (following >= 0) return goOn(draft, at, following, place, quiet)
  if (place !== null) return onFreePlace(draft, at, place)
  const preceding = findSide(draft, (side) => precedes(side, at))
  if (preceding >= 0) {
    prependSide(draft, preceding, at)
    return SIDE
  }
  // The next counter under a wrong name is no jump: integrity-hasher judges the chain.
  if (isAhead && at.epo === draft.epo && at.seq === draft.head + 1) return onward(draft, at)
  const follower = after ?? followerOf(draft, at.prv)
  beginSide(draft, isAhead ? (at.prv !== null && mayBeHeld(draft, at.prv) ? "branch" : "ahead") : "behind", at)
  return follower === null ? SIDE : forkOf(follower, false)
}

const AHEAD = { place: null, after: null }

const onSidePlace = (draft: IdentityDraft, at: Position): Settled | null => {
  for (const side of sidesOf(draft)) {
    const tag = tagOn(side, at)
    if (tag === null) continue
    if (tag === KNOWN || tag === tagOf(at.digest)) return SEEN
    // Whatever lies there bears no later `iat` than the run: a message that does is another one.
    if (tag === UNKNOWN && (at.iat <= side.iat || at.future)) return SEEN
    if (tag === UNKNOWN) side.iat = at.iat
    else side.tags.set(side.head - at.seq, KNOWN)
    return forkOf(at.seq === side.first ? side.firstOffset : side.headOffset, true)
  }
  return null
}

/** Once a fork is proven of a place, more of it proves nothing new, and anybody may repeat what proved it. */
const onTakenPlace = (draft: IdentityDraft, at: Position, place: number): Settled => {
  const tag = tagAt(draft, place)
  if (tag === KNOWN || isOn(draft, place, at.digest)) return SEEN
  const earlier = offsetAt(draft, place)
  setTag(draft, place, KNOWN)
  return forkOf(earlier ?? headOffset(draft), earlier !== null)
}

const isAwaited = ({ awaited }: IdentityDraft, { digest }: Position): boolean => {
  for (const hole of awaited) if (isDigest(hole.digest, digest)) return true
  return false
}

/** A late message that its successor named. What it names itself is awaited next, or is there already. */
const fillHole = (draft: IdentityDraft, at: Position, place: number | null): Settled => {
  const { awaited } = draft
  let filled = place
  for (let index = awaited.length - 1; index >= 0; index--) {
    if (!isDigest(awaited.at(index).digest, at.digest)) continue
    filled ??= awaited.at(index).place
    awaited.remove(index)
  }
  if (place !== null) putTag(draft, place, at)
  else {
    draft.forgotten = Math.max(draft.forgotten, draft.iat, at.iat)
    lose(draft, { epo: at.epo, first: at.seq, head: at.seq, iat: at.iat })
  }
  const met = findSide(draft, (side) => isDigest(side.digest, at.prv))
  if (met >= 0) {
    const { kind, first, head, awaited: named, firstOffset } = draft.sides.at(met)
    if (kind === "old") draft.adopted = false
    else if (namesOne(named)) awaitHole(draft, filled! - 2 - (head - first), named, firstOffset)
    dropSide(draft, met)
    return MAIN
  }
  if (at.prv === null) return MAIN
  const before = filled! - 1
  const tag = before >= draft.bottom ? tagAt(draft, before) : FREE
  if (tag === FREE) awaitHole(draft, before, short(at.prv), at.offset)
  else if (tag !== KNOWN && !isOn(draft, before, at.prv)) {
    const earlier = offsetAt(draft, before) ?? headOffset(draft)
    setTag(draft, before, KNOWN)
    return forkOf(earlier, false)
  }
  return MAIN
}

/** A late message on a free place that no successor named: contested, and its place is taken, so that a second one is noticed. */
const onFreePlace = (draft: IdentityDraft, at: Position, place: number): Settled => {
  for (const hole of draft.awaited) {
    if (hole.place !== place) continue
    setTag(draft, place, KNOWN)
    return forkOf(hole.offset, false)
  }
  putTag(draft, place, at)
  beginSide(draft, "behind", at)
  return SIDE
}

/** A side goes on. The branch that was the main one before is it again at once; one that jumped, when all others are silent. */
const goOn = (draft: IdentityDraft, at: Position, index: number, place: number | null, quiet: number): Settled => {
  if (draft.sides.at(index).kind === "old") {
    retreat(draft, index)
    return onward(draft, at)
  }
  const adopts = mayAdopt(draft, index, at.time, quiet)
  const extended = extendSide(draft, index, at)
  if (place !== null) putTag(draft, place, at)
  if (!adopts) return SIDE
  adopt(draft, extended)
  return MAIN
}

/** Whether it may be one of those that are forgotten. */
const isRepeat = (draft: IdentityDraft, at: Position): boolean => isLost(draft, at) || wasFuture(draft, at)

/**
 * The same of one that follows a branch by name. It may as well be new there, unless it lies in a run whose bounds are known,
 * or what follows that message is known to be forgotten.
 */
const wasAccepted = (draft: IdentityDraft, at: Position, before: Uint8Array): boolean =>
  isInLostRun(draft, at) || (isRepeat(draft, at) && wasFollowed(draft, before))

const wasFuture = ({ futures }: IdentityDraft, { digest }: Position): boolean => {
  for (const kept of futures) if (Buffer.compare(kept, digest.subarray(0, PREFIX_BYTES)) === 0) return true
  return false
}

const rememberFuture = ({ futures }: IdentityDraft, { digest }: Position): void => {
  if (futures.length === FUTURES) futures.remove(0)
  futures.push(digest.subarray(0, PREFIX_BYTES))
}

/** Whether another branch speaks that has as good a claim: then neither counts as the device's. */
export const isRivalled = (draft: IdentityDraft, time: number, quiet: number): boolean => {
  if (draft.sides.length === 0) return false
  return sidesOf(draft).some(
    ({ kind, heard }) => heard + quiet > time && kind !== "old" && (kind !== "ahead" || draft.adopted),
  )
}
