/** How the main branch changes: by the silence of all others, by what was it before, or by operators. In place. */
import { DIGEST_BYTES, type IdentityDraft, SIDES, type SideDraft } from "../state.ts"
import { isBefore, isDigest, type Position } from "./position.ts"
import { addSide, dropSide, findSide, lineOf, sidesOf } from "./sides.ts"
import {
  append,
  clearWindow,
  FREE,
  forgetRecent,
  headOffset,
  headPlace,
  KNOWN,
  keepRecent,
  lastTags,
  lose,
  loseAll,
  losePlaces,
  offsetAt,
  placeOf,
  setTag,
  tagAt,
} from "./window.ts"

/** Of the time for which the others must be silent: so long one must outlast those that it has come after. */
const OUTLASTS = 1 / 4

/**
 * Whether a side may become the main branch: it jumped, the contest lasts, and every other branch has been silent for long
 * enough. Less is enough of one that ended before this one began and lies before it: a network that loses messages cuts a
 * device's sequence again and again. But it must be longer than the device ever waits: a copy that goes on where the device
 * stands is found by the device's next message, and not adopted before.
 */
export const mayAdopt = (draft: IdentityDraft, index: number, time: number, quiet: number): boolean => {
  const { kind, began } = draft.sides.at(index)
  if (kind === "behind" || kind === "old" || time - draft.heard < quiet) return false
  const line = lineOf(draft, index)
  const first = firstOf(draft, line)
  const outlasts = time - began >= Math.max(quiet * OUTLASTS, 2 * draft.gap)
  let since = began
  for (const [other, side] of sidesOf(draft).entries()) {
    if (line.has(other) || time - side.heard >= quiet) continue
    const comesAfter =
      side.kind === "ahead" && side.heard <= began && isBefore({ epo: side.epo, seq: side.head }, first)
    if (!comesAfter || !outlasts) return false
    since = Math.min(since, side.began)
  }
  // Where there is no room for more branches, the first ones of the contest are forgotten.
  return time - since >= quiet || (since < began && draft.sides.length === SIDES)
}

/** The lowest position of a line of sides. */
const firstOf = (draft: IdentityDraft, line: ReadonlySet<number>): { readonly epo: number; readonly seq: number } => {
  let lowest = { epo: Number.POSITIVE_INFINITY, seq: 0 }
  for (const index of line) {
    const { epo, first: seq } = draft.sides.at(index)
    if (isBefore({ epo, seq }, lowest)) lowest = { epo, seq }
  }
  return lowest
}

/** What waited for the head's message follows it: the link is closed. */
export const joinSides = (draft: IdentityDraft): void => {
  for (;;) {
    const index = findSide(
      draft,
      (side) =>
        isDigest(side.awaited, draft.digest) &&
        isBefore({ epo: draft.epo, seq: draft.head }, { epo: side.epo, seq: side.first }),
    )
    if (index < 0) return
    append(draft, draft.sides.at(index), true)
    draft.sides.remove(index)
  }
}

const isNotOld = ({ kind }: SideDraft): boolean => kind !== "old"

/** Makes a side, and those that it goes on from, the main branch. What was it is kept: should it speak, it is it again. */
export const adopt = (draft: IdentityDraft, index: number): void => {
  const { epo, head, digest, heard } = draft
  const first = draft.from - draft.base
  const was = { epo, first, head, digest, heard, iat: draft.iat, offset: headOffset(draft) }
  const now = draft.sides.at(index).heard
  const line = [...lineOf(draft, index)].reverse()
  for (const [nth, one] of line.entries()) append(draft, draft.sides.at(one), nth > 0)
  for (const one of line.sort((a, b) => b - a)) draft.sides.remove(one)
  joinSides(draft)
  draft.heard = now
  draft.adopted = true
  for (let other = findSide(draft, isNotOld); other >= 0; other = findSide(draft, isNotOld)) dropSide(draft, other)
  // The one that was never adopted itself has the best claim.
  if (draft.sides.length > 0) {
    lose(draft, was)
    return
  }
  const old = addSide(draft, "old")
  old.epo = was.epo
  old.first = was.head
  old.head = was.head
  old.digest = was.digest
  old.began = was.heard
  old.heard = was.heard
  old.iat = was.iat
  old.firstOffset = was.offset
  old.headOffset = was.offset
  old.tags.push(KNOWN)
}

/** The branch that was the main one before is it again; the one that took its place stands beside it as one that jumped. */
export const retreat = (draft: IdentityDraft, index: number): void => {
  const top = headPlace(draft)
  let lowest = top
  while (lowest - 1 >= Math.max(draft.from, draft.bottom) && tagAt(draft, lowest - 1) !== FREE) lowest -= 1
  const named = [...draft.awaited].findIndex(({ place }) => place === lowest - 1)
  const hole = named < 0 ? null : draft.awaited.at(named)
  const run = {
    epo: draft.epo,
    first: lowest - draft.base,
    head: draft.head,
    digest: draft.digest,
    awaited: hole?.digest ?? new Uint8Array(DIGEST_BYTES),
    firstOffset: hole?.offset ?? offsetAt(draft, lowest) ?? headOffset(draft),
    headOffset: headOffset(draft),
    heard: draft.heard,
  }
  const tags = lastTags(draft).slice(0, run.head - run.first + 1)
  const { epo, head, digest, headOffset: offset } = draft.sides.at(index)
  draft.sides.remove(index)
  if (named >= 0) draft.awaited.remove(named)
  const { place } = placeOf(draft, { epo, seq: head } as Position)
  if (place !== null && epo === draft.epo) {
    losePlaces(draft, place, lowest - 1)
    for (let left = top; left > place; left--) {
      setTag(draft, left, FREE)
      // What lay on the lower place that shares this slot is forgotten too: its tag is left.
      forgetRecent(draft, left)
    }
    draft.head = head
  } else {
    losePlaces(draft, Number.NEGATIVE_INFINITY, lowest - 1)
    clearWindow(draft, epo, head)
    setTag(draft, headPlace(draft), KNOWN)
  }
  draft.digest = digest
  keepRecent(draft, headPlace(draft), digest, offset)
  draft.adopted = false
  const side = addSide(draft, "ahead")
  Object.assign(side, { ...run, began: run.heard, iat: draft.iat })
  for (const tag of tags) side.tags.push(tag)
  // What came into the hole stands ahead of the main branch again.
  for (const one of sidesOf(draft))
    if (one.kind === "behind" && isBefore({ epo, seq: head }, { epo: one.epo, seq: one.first })) one.kind = "ahead"
}

/** Whether a position lies above every one that was ever accepted, on whichever branch. */
export const isAboveAll = (draft: IdentityDraft, at: Position): boolean =>
  isBefore({ epo: draft.epo, seq: draft.head }, at) &&
  isBefore({ epo: draft.lostEpo, seq: draft.lostSeq }, at) &&
  [...draft.lost].every(({ epo, head }) => isBefore({ epo, seq: head }, at)) &&
  findSide(draft, ({ epo, head }) => !isBefore({ epo, seq: head }, at)) < 0

/**
 * Forgets the branches, so that the next message begins the main one anew, wherever it stands: whatever was accepted is
 * remembered by its highest position and its latest `iat`, and nothing at or below both is new.
 */
export const beginAnew = (draft: IdentityDraft): void => {
  for (let index = draft.sides.length - 1; index >= 0; index--) dropSide(draft, index)
  for (const { epo, head, iat } of [...draft.lost, draft]) loseAll(draft, epo, head, Math.max(iat, draft.iat))
  draft.lost.clear()
  clearWindow(draft, draft.epo, draft.head)
  draft.epo = -1
  draft.head = -1
  draft.adopted = false
}
