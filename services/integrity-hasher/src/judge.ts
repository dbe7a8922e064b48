/** Judges one message: does it continue the device's own hash chain, and is its firmware a known state? Pure. */

import type { KnownFirmware } from "@assay/knowledge/firmware"
import {
  type AuditDraft,
  type Judged,
  type MessageClaims,
  type MessageEntry,
  mayLearn,
  type ReasonCode,
  type StateView,
  type Verdict,
} from "@assay/trust"
import { claimsOf, isResynced, joined, mayTeach, NO_REASONS, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import { type Cached, cachedHardware } from "./appraisal/cached.ts"
import type { IntegrityFacts } from "./appraisal/facts.ts"
import type { Grounds } from "./appraisal/grounds.ts"
import { judgeEvidence } from "./appraisal/judge.ts"
import { branchOf } from "./branch.ts"
import { type Followed, followAside, followMain } from "./chain.ts"
import { type Checked, checkClaim, knownFor, learnFirmware, NO_MARK, UNCLAIMED } from "./firmware.ts"
import { claimKey, type Incidents, weighClaim } from "./incidents.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { beginAnew, linkEntry, waitsForResync } from "./resync.ts"
import { type IntegrityDraft, type IntegrityState, LAYOUT } from "./state.ts"

/**
 * Judges one message:
 * 1. it continues its device's chain; a presentation stands outside of that and claims no firmware, evidence is appraised
 *    (`appraisal/judge.ts`);
 * 2. the firmware that it claims, if any, is a known and allowed state of that model, and if not, whose mistake that is
 *    (`incidents.ts`);
 * 3. whether its hardware stands for it, by the last appraisal (`appraisal/cached.ts`);
 * 4. what the device signed is remembered, and its firmware only by clean messages.
 */
export const judgeIntegrity = (
  entry: MessageEntry,
  state: IntegrityState | undefined,
  states: StateView<IntegrityState, Incidents>,
  facts?: IntegrityFacts,
): Judged<IntegrityState, Incidents> => {
  const claims = claimsOf(entry.message)
  if (claims.kind === "evidence") {
    if (facts === undefined || "components" in facts) throw new Error("the evidence was not gathered")
    return judgeEvidence(entry, claims, state, facts)
  }
  if (claims.kind === "presentation") return { verdict: passOf(WITHOUT_INDEX, "none"), state: undefined }
  const draft = LAYOUT.draft(state)
  const { identity } = entry.message.verdicts
  const branch = identity === null ? "none" : branchOf(identity)
  const resyncs = isResynced(identity)
  // Everything but that message is contested while it is waited for.
  const waits = branch === "aside" && waitsForResync(draft, entry.time)
  const followed = resyncs
    ? beginAnew(draft, claims)
    : branch === "aside"
      ? followAside(draft, claims, waits)
      : followMain(draft, claims)
  const { fw } = claims
  const known = knownFor(fw, entry.knowledge)
  const parts = facts !== undefined && "components" in facts ? facts : undefined
  const checked = fw === null ? UNCLAIMED : checkClaim(entry, fw, known, waits ? NO_MARK : draft, parts)
  const weighed =
    fw === null || known === null || branch === "aside"
      ? checked
      : weighClaim(draft, entry, fw, { reasons: checked.reasons, cited: known.cited }, states, branch === "main")
  const reasons = joined(followed.reasons, weighed.reasons)
  const counted = branch === "main" && mayLearn(entry.message.verdicts)
  const hardware = cachedHardware(draft, entry, claims, counted)
  const verdict = verdictUnder(claims, reasons, checked.why, known, hardware)
  const next = remember(entry, claims, draft, state, branch, followed, checked, verdict)
  const begun = eventsOf(
    resyncs ? linkEntry(claims) : null,
    next !== undefined && followed.moves ? hardware.event : null,
  )
  // What was counted is in the draft: where that is not kept, nothing was counted.
  const counts = next !== undefined && "shared" in weighed && weighed.shared !== undefined
  return counts
    ? { verdict, state: next, shared: weighed.shared, events: [...begun, ...(weighed.events ?? [])] }
    : { verdict, state: next, events: begun }
}

const NO_EVENTS: ReadonlyArray<AuditDraft> = []

const eventsOf = (...drafts: ReadonlyArray<AuditDraft | null>): ReadonlyArray<AuditDraft> => {
  const events = drafts.filter((draft) => draft !== null)
  return events.length === 0 ? NO_EVENTS : events
}

/**
 * The chain is a record of what the device signed, not something learned: it goes on after a message that a later rule
 * refused, for else every honest successor would look broken. But what proves a fork is no part of it, and what is contested
 * stands aside. The firmware is learned, so only a clean message teaches it.
 */
const remember = (
  { message, time, knowledge }: MessageEntry,
  { fw }: MessageClaims,
  draft: IntegrityDraft,
  before: IntegrityState | undefined,
  branch: ReturnType<typeof branchOf>,
  { moves }: Followed,
  { reasons, claimed }: Checked,
  verdict: Verdict,
): IntegrityState | undefined => {
  const continues = branch !== "none"
  const isClean = continues && mayTeach(verdict) && mayLearn(message.verdicts)
  if (moves && continues) {
    if (isClean) {
      learnFirmware(draft, claimed, time)
      if (fw !== null && knowledge.bundle !== null && !reasons.includes("integrity.firmware_unreferenced"))
        draft.passed = claimKey(fw)
    }
    return LAYOUT.seal(draft)
  }
  LAYOUT.discard(draft)
  if (!isClean) return undefined
  const learned = LAYOUT.draft(before)
  if (learnFirmware(learned, claimed, time)) return LAYOUT.seal(learned)
  LAYOUT.discard(learned)
  return undefined
}

const verdictUnder = (
  { epo, seq, prv, fw }: MessageClaims,
  reasons: ReadonlyArray<ReasonCode>,
  why: string | null,
  known: KnownFirmware | null,
  { grounds }: Cached,
): Verdict => {
  const assurance = grounds !== null ? "hardware" : fw === null ? "none" : "claimed"
  const key = grounds === null ? (known ?? WITHOUT_INDEX) : known === null ? grounds : both(known, grounds)
  if (reasons.length === 0) return passOf(key, assurance)
  const knowledge = key.cited
  const detail = JSON.stringify({ epo, seq, prv, ...(why === null ? {} : { why }), fw })
  return verdictOf(LOGIC_VERSION, { reasons, knowledge, assurance, detail })
}

type Cites = Pick<KnownFirmware, "cited">

const together = new WeakMap<KnownFirmware, WeakMap<Grounds, Cites>>()

/** What is cited of firmware and hardware, each once: one object for as long as both are in force. */
const both = (known: KnownFirmware, grounds: Grounds): Cites => {
  let byGrounds = together.get(known)
  if (byGrounds === undefined) {
    byGrounds = new WeakMap()
    together.set(known, byGrounds)
  }
  const found = byGrounds.get(grounds) ?? { cited: [...new Set([...grounds.withBundle.cited, ...known.cited])] }
  byGrounds.set(grounds, found)
  return found
}

/** Nearly every message: one object per bundle, and one for what claims no firmware. */
const passOf = sharedVerdicts(({ cited }: Cites, assurance) =>
  verdictOf(LOGIC_VERSION, { reasons: NO_REASONS, knowledge: cited, assurance }),
)
const WITHOUT_INDEX = { cited: NO_REASONS }
