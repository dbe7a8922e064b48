/** Judges one message: does it continue the device's own hash chain, and is its firmware a known state? Pure. */
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
import { judgeEvidence } from "./appraisal/judge.ts"
import { branchOf } from "./branch.ts"
import { type Followed, followAside, followMain } from "./chain.ts"
import { type Checked, checkFirmware, type FirmwareIndex, indexOf, learnFirmware, NO_MARK } from "./firmware.ts"
import { claimKey, type Incidents, weighClaim } from "./incidents.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { beginAnew, linkEntry, waitsForResync } from "./resync.ts"
import { type FirmwareMark, type IntegrityDraft, type IntegrityState, LAYOUT } from "./state.ts"

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
    if (facts === undefined) throw new Error("the evidence was not gathered")
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
  const index = firmwareIndex(claims, entry)
  const checked = firmwareStep(claims, entry, index, waits ? NO_MARK : draft)
  const weighed =
    claims.fw === null || branch === "aside"
      ? checked
      : weighClaim(draft, entry, claims.fw, checked.reasons, states, branch === "main")
  const reasons = joined(followed.reasons, weighed.reasons)
  const counted = branch === "main" && mayLearn(entry.message.verdicts)
  const hardware = cachedHardware(draft, entry, claims, counted)
  const verdict = verdictUnder(claims, reasons, index, hardware)
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

/** Null where there is nothing to compare: no claim, or no bundle. */
const firmwareIndex = ({ fw }: MessageClaims, { knowledge }: MessageEntry): FirmwareIndex | null =>
  fw === null || knowledge.bundle === null ? null : indexOf(knowledge.bundle)

const firmwareStep = (
  { fw }: MessageClaims,
  { message }: MessageEntry,
  index: FirmwareIndex | null,
  past: FirmwareMark,
): Checked => {
  if (fw === null) return UNCLAIMED
  return index === null ? UNCOMPARED : checkFirmware(index, fw, message.subject, past)
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
  index: FirmwareIndex | null,
  { grounds }: Cached,
): Verdict => {
  const assurance = grounds !== null ? "hardware" : fw === null ? "none" : "claimed"
  const key = grounds === null ? (index ?? WITHOUT_INDEX) : index === null ? grounds : grounds.withBundle
  if (reasons.length === 0) return passOf(key, assurance)
  const knowledge = key.cited
  return verdictOf(LOGIC_VERSION, { reasons, knowledge, assurance, detail: JSON.stringify({ epo, seq, prv, fw }) })
}

/** Nearly every message: one object per bundle, and one for what claims no firmware. */
const passOf = sharedVerdicts(({ cited }: Pick<FirmwareIndex, "cited">, assurance) =>
  verdictOf(LOGIC_VERSION, { reasons: NO_REASONS, knowledge: cited, assurance }),
)
const WITHOUT_INDEX = { cited: NO_REASONS }

const UNCLAIMED: Checked = { reasons: NO_REASONS, claimed: null }
const UNCOMPARED: Checked = { reasons: ["integrity.knowledge_missing"], claimed: null }
