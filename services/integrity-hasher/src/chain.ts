/**
 * The device's own hash chain: `prv` of each message is the digest of the message before it. Pure.
 * Late messages within the window are judged as well as ones in order; nothing is punished for the network's reordering.
 */
import type { MessageClaims, ReasonCode } from "@assay/trust"
import { type ChainState, WINDOW } from "./state.ts"

export interface Followed {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** The state after the message; the same object where nothing changed. */
  readonly chain: ChainState
}

type Link = Pick<MessageClaims, "epo" | "seq" | "prv" | "digest">
type Draft = { -readonly [K in keyof ChainState]: K extends "digests" ? Array<string> : ChainState[K] }

const MASK = (1 << WINDOW) - 1
const FOLLOWS: ReadonlyArray<ReasonCode> = []
const BROKEN: ReadonlyArray<ReasonCode> = ["integrity.chain_broken"]
const PENDING: ReadonlyArray<ReasonCode> = ["integrity.chain_pending"]
const UNKNOWN: ReadonlyArray<ReasonCode> = ["integrity.chain_unknown"]

/** Where a message stands in the chain of what came before it. */
export const follow = (state: ChainState | undefined, link: Link): Followed => {
  if (state === undefined) return begin(link)
  if (isNext(state, link)) return { reasons: FOLLOWS, chain: next(state, link.digest) }
  if (link.epo > state.epo) return switchEpoch(state, link)
  if (link.epo === state.epo) {
    // Below the link of the switch lies the old epoch: such a seq was skipped by the device itself.
    const place = link.seq + state.base
    if (state.oldEpo >= 0 && place <= state.oldHead + 1) return { reasons: UNKNOWN, chain: state }
    return put(draftOf(state), state, place, link)
  }
  if (link.epo !== state.oldEpo) return { reasons: UNKNOWN, chain: state }
  const place = link.seq + state.oldBase
  return place > state.oldHead ? extendOld(state, link) : put(draftOf(state), state, place, link)
}

/** The first message that is known of a device; only its very first may name no predecessor. */
const begin = ({ epo, seq, prv, digest }: Link): Followed => {
  // Places begin at 0, so that they stay safe integers whatever seq a device begins with.
  const first = { epo, base: 0 - seq, head: 0, oldEpo: -1, oldBase: 0, oldHead: 0, oldLast: -1, seen: 1, known: 1 }
  if (prv === null) return { reasons: FOLLOWS, chain: { ...first, held: 1, digests: [digest] } }
  return { reasons: UNKNOWN, chain: { ...first, held: 0b11, digests: [digest, prv] } }
}

/** The message in order, which nearly every message is: same epoch, next seq, the head's digest, nothing leaves unseen. */
const isNext = (state: ChainState, { epo, seq, prv }: Link): boolean =>
  epo === state.epo && seq + state.base === state.head + 1 && prv === state.digests[0] && !isLeaving(state)

const isLeaving = ({ held }: ChainState): boolean => held >> (WINDOW - 1) !== 0

const next = (state: ChainState, digest: string): ChainState => ({
  ...state,
  head: state.head + 1,
  seen: ((state.seen << 1) | 1) & MASK,
  known: ((state.known << 1) | 1) & MASK,
  held: ((state.held & ~1) << 1) | 1,
  digests: state.digests.length === 1 ? [digest] : [digest, ...state.digests.slice(1)],
})

const draftOf = (state: ChainState): Draft => ({ ...state, digests: [...state.digests] })

/**
 * A new boot. Its first message (seq 0, or whichever names the head) stands behind the link; any other stands as far
 * behind it as its seq says, and waits.
 */
const switchEpoch = (state: ChainState, link: Link): Followed => {
  const isFirst = link.seq === 0 || link.prv === state.digests[0]
  const place = state.head + 2 + (isFirst ? 0 : link.seq)
  const draft = draftOf(state)
  draft.oldEpo = state.epo
  draft.oldBase = state.base
  draft.oldHead = state.head
  draft.oldLast = state.head - state.base
  draft.epo = link.epo
  draft.base = place - link.seq
  return put(draft, state, place, link)
}

/** Puts a message on its place and compares it with both neighbours. */
const put = (draft: Draft, before: ChainState, place: number, { prv, digest }: Link): Followed => {
  if (!Number.isSafeInteger(place)) return { reasons: UNKNOWN, chain: before }
  const gap = place > draft.head && advance(draft, place - draft.head)
  const r = draft.head - place
  if (r >= WINDOW) return { reasons: UNKNOWN, chain: before }
  // A second message on one place is identity-resolver's to judge (equivocation).
  if (bit(draft.seen, r)) return { reasons: FOLLOWS, chain: before }
  const awaited = holding(draft, r)
  const wrong = awaited !== null && awaited !== digest
  const hasSuccessor = r > 0 && bit(draft.seen, r - 1)
  if (hasSuccessor) release(draft, r)
  else hold(draft, r, digest)
  draft.seen |= 1 << r
  const linked = comparePrevious(draft, r + 1, prv)
  draft.known |= 1 << r
  const reasons = wrong ? BROKEN : linked
  return { reasons: gap ? [...reasons, "integrity.chain_gap"] : reasons, chain: draft }
}

/** Compares `prv` with the message before, or remembers it as awaited where that has not come. */
const comparePrevious = (draft: Draft, r: number, prv: string | null): ReadonlyArray<ReasonCode> => {
  if (r >= WINDOW) return UNKNOWN
  if (prv === null) return draft.known >> r === 0 && draft.oldEpo < 0 ? FOLLOWS : BROKEN
  if (bit(draft.seen, r)) {
    const same = holding(draft, r) === prv
    release(draft, r)
    return same ? FOLLOWS : BROKEN
  }
  if (draft.oldEpo >= 0 && draft.head - r === draft.oldHead + 1 && holding(draft, r + 1) === prv) {
    close(draft, r)
    return FOLLOWS
  }
  hold(draft, r, prv)
  return bit(draft.known, r) ? PENDING : UNKNOWN
}

/** The old epoch's tail and the new epoch's first message have met: the link at r is no longer open. */
const close = (draft: Draft, r: number): void => {
  draft.seen |= 1 << r
  release(draft, r)
  release(draft, r + 1)
}

/** A message of the old epoch beyond what was seen of it before the switch: it lengthens the tail, from either end. */
const extendOld = (state: ChainState, link: Link): Followed => {
  const r = state.head - state.oldHead - 1
  const seq = link.seq
  if (r + 1 >= WINDOW || bit(state.seen, r)) return { reasons: UNKNOWN, chain: state }
  if (seq <= state.oldLast) return { reasons: FOLLOWS, chain: state }
  const draft = draftOf(state)
  const follows = seq === state.oldLast + 1
  if (follows && link.prv !== holding(state, r + 1)) return { reasons: BROKEN, chain: state }
  if (holding(state, r) === link.digest) {
    if (follows) {
      draft.oldLast = seq
      close(draft, r)
      return { reasons: FOLLOWS, chain: draft }
    }
    if (link.prv === null) return { reasons: BROKEN, chain: state }
    hold(draft, r, link.prv)
    return { reasons: PENDING, chain: draft }
  }
  if (!follows) return { reasons: PENDING, chain: state }
  hold(draft, r + 1, link.digest)
  draft.oldLast = seq
  return { reasons: FOLLOWS, chain: draft }
}

/**
 * Moves the head on; true where an awaited message left the window. However many messages are lost in a row, only the last
 * of them is awaited, so one loss is one gap.
 */
const advance = (draft: Draft, by: number): boolean => {
  const awaited = draft.known & draft.held & ~draft.seen
  const gap = awaited >> Math.max(0, WINDOW - by) !== 0
  if (by >= WINDOW) {
    draft.seen = 0
    draft.held = 0
    draft.digests = []
    draft.known = MASK
  } else {
    draft.seen = (draft.seen << by) & MASK
    draft.held = (draft.held << by) & MASK
    draft.digests.length = count(draft.held)
    draft.known = ((draft.known << by) | ((1 << by) - 1)) & MASK
  }
  draft.head += by
  return gap
}

const bit = (mask: number, r: number): boolean => ((mask >> r) & 1) === 1

const count = (mask: number): number => {
  let ones = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) ones += 1
  return ones
}

/** How many digests stand before that of place r. */
const rank = (held: number, r: number): number => count(held & ((1 << r) - 1))

const holding = (state: ChainState, r: number): string | null =>
  r < WINDOW && bit(state.held, r) ? state.digests[rank(state.held, r)]! : null

const hold = (draft: Draft, r: number, digest: string): void => {
  draft.digests.splice(rank(draft.held, r), bit(draft.held, r) ? 1 : 0, digest)
  draft.held |= 1 << r
}

const release = (draft: Draft, r: number): void => {
  if (r >= WINDOW || !bit(draft.held, r)) return
  draft.digests.splice(rank(draft.held, r), 1)
  draft.held &= ~(1 << r)
}
