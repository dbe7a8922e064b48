/**
 * The device's own hash chain: `prv` of each message is the digest of the message before it. Pure.
 * Late messages within the window are judged as well as ones in order; nothing is punished for the network's reordering.
 */
import type { MessageClaims, ReasonCode } from "@assay/trust"
import { type ChainDraft, type IntegrityDraft, WINDOW } from "./state.ts"

export interface Followed {
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Whether the draft now has the message in it; else it means nothing and must not be kept. */
  readonly moves: boolean
}

type Link = Pick<MessageClaims, "epo" | "seq" | "prv" | "digest">

/** The chain of the device, and the one aside. */
export type BranchesDraft = Pick<IntegrityDraft, keyof ChainDraft | "aside">

const MASK = (1 << WINDOW) - 1
const FOLLOWS: ReadonlyArray<ReasonCode> = []
const BROKEN: ReadonlyArray<ReasonCode> = ["integrity.chain_broken"]
const PENDING: ReadonlyArray<ReasonCode> = ["integrity.chain_pending"]
const UNKNOWN: ReadonlyArray<ReasonCode> = ["integrity.chain_unknown"]

const moves = (reasons: ReadonlyArray<ReasonCode>): Followed => ({ reasons, moves: true })
const stays = (reasons: ReadonlyArray<ReasonCode>): Followed => ({ reasons, moves: false })

/**
 * Where a contested message stands: in a chain aside, which begins anew where the message does not fit. Puts it in there.
 * @param waits whether operators wait for the device to begin anew: then a break is none, for they have said that it lost its place
 */
export const followAside = ({ aside }: BranchesDraft, link: Link, waits: boolean): Followed => {
  if (aside.length > 0) {
    const found = isNear(aside.at(0), link) ? follow(aside.at(0), link) : stays(UNKNOWN)
    if (found.moves && !(waits && found.reasons.includes("integrity.chain_broken"))) return found
    aside.clear()
  }
  begin(aside.push(), link)
  return moves(PENDING)
}

/** Whether the chain aside could have room for it without leaving what it has. */
const isNear = (chain: ChainDraft, { epo, seq, prv }: Link): boolean =>
  prv === holding(chain, 0) || (epo === chain.epo && Math.abs(seq + chain.base - chain.head) < WINDOW)

/**
 * Where a message stands that identity-resolver counts as the device's. If it goes on from the chain aside, that one is the
 * device's chain from here on: a gap, unless the link between the two was closed meanwhile.
 */
export const followMain = (draft: BranchesDraft, link: Link): Followed => {
  const { aside } = draft
  if (aside.length === 0 || isNext(draft, link) || link.prv !== holding(aside.at(0), 0)) return follow(draft, link)
  const before = copyOf(draft)
  const isClosed = awaits(aside.at(0), holding(draft, 0))
  restore(draft, copyOf(aside.at(0)))
  aside.clear()
  if (!isClosed) restore(aside.push(), before)
  const { reasons } = follow(draft, link)
  return moves(isClosed ? reasons : [...reasons, "integrity.chain_gap"])
}

/** Whether a chain waits for a message with this digest. */
const awaits = (chain: ChainDraft, digest: string | null): boolean => {
  for (let r = 0; r < WINDOW; r++)
    if (bit(chain.held, r) && !bit(chain.seen, r) && holding(chain, r) === digest) return true
  return false
}

const copyOf = (chain: ChainDraft) => {
  const { epo, base, head, oldEpo, oldBase, oldHead, oldLast, seen, known, held } = chain
  return {
    scalars: { epo, base, head, oldEpo, oldBase, oldHead, oldLast, seen, known, held },
    digests: [...chain.digests],
  }
}

const restore = (chain: ChainDraft, { scalars, digests }: ReturnType<typeof copyOf>): void => {
  Object.assign(chain, scalars)
  chain.digests.clear()
  for (const one of digests) chain.digests.push(one)
}

/** The chain begins anew with the next message, by order of operators. */
export const forgetChain = (draft: BranchesDraft): void => {
  draft.head = -1
  draft.oldEpo = -1
  draft.oldLast = -1
  draft.seen = 0
  draft.known = 0
  draft.held = 0
  draft.digests.clear()
  draft.aside.clear()
}

/** Where a message stands in the chain of what came before it. Puts it into the draft, in place. */
export const follow = (draft: ChainDraft, link: Link): Followed => {
  if (draft.head < 0) return begin(draft, link)
  if (isNext(draft, link)) return next(draft, link.digest)
  if (link.epo > draft.epo) return switchEpoch(draft, link)
  if (link.epo === draft.epo) {
    // Below the link of the switch lies the old epoch: such a seq was skipped by the device itself.
    const place = link.seq + draft.base
    return draft.oldEpo >= 0 && place <= draft.oldHead + 1 ? stays(UNKNOWN) : put(draft, place, link)
  }
  if (link.epo !== draft.oldEpo) return stays(UNKNOWN)
  const place = link.seq + draft.oldBase
  return place > draft.oldHead ? extendOld(draft, link) : put(draft, place, link)
}

/** The first message that is known of a device; only its very first may name no predecessor. */
const begin = (draft: ChainDraft, { epo, seq, prv, digest }: Link): Followed => {
  draft.epo = epo
  // Places begin at 0, so that they stay safe integers whatever seq a device begins with.
  draft.base = 0 - seq
  draft.head = 0
  draft.seen = 1
  draft.known = 1
  hold(draft, 0, digest)
  if (prv === null) return moves(FOLLOWS)
  hold(draft, 1, prv)
  return moves(UNKNOWN)
}

/** The message in order, which nearly every message is: same epoch, next seq, the head's digest, nothing leaves unseen. */
const isNext = (draft: ChainDraft, { epo, seq, prv }: Link): boolean =>
  epo === draft.epo &&
  draft.head < Number.MAX_SAFE_INTEGER &&
  seq + draft.base === draft.head + 1 &&
  draft.held >> (WINDOW - 1) === 0 &&
  prv === holding(draft, 0)

const next = (draft: ChainDraft, digest: string): Followed => {
  draft.head += 1
  draft.seen = ((draft.seen << 1) | 1) & MASK
  draft.known = ((draft.known << 1) | 1) & MASK
  draft.held = ((draft.held & ~1) << 1) | 1
  draft.digests.set(0, digest)
  return moves(FOLLOWS)
}

/**
 * A new boot. Its first message (seq 0, or whichever names the head) stands behind the link; any other stands as far
 * behind it as its seq says, and waits.
 */
const switchEpoch = (draft: ChainDraft, link: Link): Followed => {
  const isFirst = link.seq === 0 || link.prv === holding(draft, 0)
  const place = draft.head + 2 + (isFirst ? 0 : link.seq)
  // Beyond the safe integers no place can be kept.
  if (!Number.isSafeInteger(place)) return stays(UNKNOWN)
  draft.oldEpo = draft.epo
  draft.oldBase = draft.base
  draft.oldHead = draft.head
  draft.oldLast = draft.head - draft.base
  draft.epo = link.epo
  draft.base = place - link.seq
  return put(draft, place, link)
}

/** Puts a message on its place and compares it with both neighbours. */
const put = (draft: ChainDraft, place: number, { prv, digest }: Link): Followed => {
  if (!Number.isSafeInteger(place)) return stays(UNKNOWN)
  const gap = place > draft.head && advance(draft, place - draft.head)
  const r = draft.head - place
  if (r >= WINDOW) return stays(UNKNOWN)
  // A second message on one place is identity-resolver's to judge (equivocation).
  if (bit(draft.seen, r)) return stays(FOLLOWS)
  const awaited = holding(draft, r)
  const wrong = awaited !== null && awaited !== digest
  const hasSuccessor = r > 0 && bit(draft.seen, r - 1)
  if (hasSuccessor) release(draft, r)
  else hold(draft, r, digest)
  draft.seen |= 1 << r
  const linked = comparePrevious(draft, r + 1, prv)
  draft.known |= 1 << r
  const reasons = wrong ? BROKEN : linked
  return moves(gap ? [...reasons, "integrity.chain_gap"] : reasons)
}

/** Compares `prv` with the message before, or remembers it as awaited where that has not come. */
const comparePrevious = (draft: ChainDraft, r: number, prv: string | null): ReadonlyArray<ReasonCode> => {
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
const close = (draft: ChainDraft, r: number): void => {
  draft.seen |= 1 << r
  release(draft, r)
  release(draft, r + 1)
}

/** A message of the old epoch beyond what was seen of it before the switch: it lengthens the tail, from either end. */
const extendOld = (draft: ChainDraft, { seq, prv, digest }: Link): Followed => {
  const r = draft.head - draft.oldHead - 1
  if (r + 1 >= WINDOW || bit(draft.seen, r)) return stays(UNKNOWN)
  if (seq <= draft.oldLast) return stays(FOLLOWS)
  const follows = seq === draft.oldLast + 1
  if (follows && prv !== holding(draft, r + 1)) return stays(BROKEN)
  if (holding(draft, r) === digest) {
    if (follows) {
      draft.oldLast = seq
      close(draft, r)
      return moves(FOLLOWS)
    }
    if (prv === null) return stays(BROKEN)
    hold(draft, r, prv)
    return moves(PENDING)
  }
  if (!follows) return stays(PENDING)
  hold(draft, r + 1, digest)
  draft.oldLast = seq
  return moves(FOLLOWS)
}

/**
 * Moves the head on; true where an awaited message left the window. However many messages are lost in a row, only the last
 * of them is awaited, so one loss is one gap.
 */
const advance = (draft: ChainDraft, by: number): boolean => {
  const awaited = draft.known & draft.held & ~draft.seen
  const gap = awaited >> Math.max(0, WINDOW - by) !== 0
  if (by >= WINDOW) {
    draft.seen = 0
    draft.held = 0
    draft.digests.clear()
    draft.known = MASK
  } else {
    draft.seen = (draft.seen << by) & MASK
    draft.held = (draft.held << by) & MASK
    const { digests } = draft
    for (let left = count(draft.held); digests.length > left; ) digests.remove(digests.length - 1)
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

const holding = ({ held, digests }: ChainDraft, r: number): string | null =>
  r < WINDOW && bit(held, r) ? digests.at(rank(held, r)) : null

const hold = (draft: ChainDraft, r: number, digest: string): void => {
  const { held, digests } = draft
  if (bit(held, r)) digests.set(rank(held, r), digest)
  else digests.insert(rank(held, r), digest)
  draft.held = held | (1 << r)
}

const release = (draft: ChainDraft, r: number): void => {
  if (r >= WINDOW || !bit(draft.held, r)) return
  draft.digests.remove(rank(draft.held, r))
  draft.held &= ~(1 << r)
}
