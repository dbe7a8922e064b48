/** Judges one message: does it continue the device's own hash chain, and is its firmware a known state? Pure. */
import {
  type Judged,
  type MessageClaims,
  type MessageEntry,
  mayLearn,
  type ReasonCode,
  type StateView,
  type Verdict,
} from "@assay/trust"
import { claimsOf, mayTeach, NO_REASONS, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import { type Followed, follow } from "./chain.ts"
import { type Checked, checkFirmware, type FirmwareIndex, indexOf } from "./firmware.ts"
import { claimKey, type Incidents, weighClaim } from "./incidents.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { type FirmwareMark, type IntegrityDraft, type IntegrityState, LAYOUT } from "./state.ts"

/**
 * Judges one message:
 * 1. it continues its device's chain; a presentation stands outside of that and claims no firmware;
 * 2. the firmware that it claims, if any, is a known and allowed state of that model, and if not, whose mistake that is
 *    (`incidents.ts`);
 * 3. what the device signed is remembered, and the firmware mark only by a clean message.
 */
export const judgeIntegrity = (
  entry: MessageEntry,
  state: IntegrityState | undefined,
  states: StateView<IntegrityState, Incidents>,
): Judged<IntegrityState, Incidents> => {
  const claims = claimsOf(entry.message)
  if (claims.kind === "presentation") return { verdict: passOf(WITHOUT_INDEX, "none"), state: undefined }
  const draft = LAYOUT.draft(state)
  const followed = follow(draft, claims)
  const index = firmwareIndex(claims, entry)
  const checked = firmwareStep(claims, entry, index, draft)
  const weighed =
    claims.fw === null ? checked : weighClaim(draft, entry, claims.fw, checked.reasons, states, continues(entry))
  const verdict = verdictUnder(claims, joined(followed.reasons, weighed.reasons), index)
  const next = remember(entry, claims, draft, state, followed, checked, verdict)
  // What was counted is in the draft: where that is not kept, nothing was counted.
  const counts = next !== undefined && "shared" in weighed && weighed.shared !== undefined
  return counts ? { verdict, state: next, shared: weighed.shared, events: weighed.events } : { verdict, state: next }
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
 * refused, for else every honest successor would look broken. But what identity-resolver refused (a replay, a second
 * message on one place, a clone) is no part of it. The firmware mark is learned, so only a clean message moves it.
 */
const remember = (
  entry: MessageEntry,
  { fw }: MessageClaims,
  draft: IntegrityDraft,
  before: IntegrityState | undefined,
  { moves }: Followed,
  { reasons, mark }: Checked,
  verdict: Verdict,
): IntegrityState | undefined => {
  const goesOn = continues(entry)
  const teaches = goesOn && mayTeach(verdict) && mayLearn(entry.message.verdicts)
  const learned = teaches ? mark : null
  if (moves && goesOn) {
    if (
      fw !== null &&
      teaches &&
      entry.knowledge.bundle !== null &&
      !reasons.includes("integrity.firmware_unreferenced")
    )
      draft.passed = claimKey(fw)
    return LAYOUT.seal(marked(draft, learned))
  }
  LAYOUT.discard(draft)
  return learned === null ? undefined : LAYOUT.seal(marked(LAYOUT.draft(before), learned))
}

/** Whether the message has its place in what its device signed. */
const continues = ({ message }: MessageEntry): boolean => {
  const { identity } = message.verdicts
  return identity !== null && (mayTeach(identity) || identity.reasons.every((code) => PLACED.has(code)))
}

/** Why identity-resolver refuses or doubts messages that have their place all the same. */
const PLACED: ReadonlySet<ReasonCode> = new Set([
  "identity.stale",
  "identity.backfill",
  "identity.readings_refused",
  "identity.role_refused",
])

const marked = (draft: IntegrityDraft, mark: FirmwareMark | null): IntegrityDraft =>
  mark === null ? draft : Object.assign(draft, mark)

const verdictUnder = (
  { epo, seq, prv, fw }: MessageClaims,
  reasons: ReadonlyArray<ReasonCode>,
  index: FirmwareIndex | null,
): Verdict => {
  const assurance = fw === null ? "none" : "claimed"
  if (reasons.length === 0) return passOf(index ?? WITHOUT_INDEX, assurance)
  const knowledge = index === null ? NO_REASONS : index.cited
  return verdictOf(LOGIC_VERSION, { reasons, knowledge, assurance, detail: JSON.stringify({ epo, seq, prv, fw }) })
}

/** Nearly every message: one object per bundle, and one for what claims no firmware. */
const passOf = sharedVerdicts(({ cited }: Pick<FirmwareIndex, "cited">, assurance) =>
  verdictOf(LOGIC_VERSION, { reasons: NO_REASONS, knowledge: cited, assurance }),
)
const WITHOUT_INDEX = { cited: NO_REASONS }

const joined = (a: ReadonlyArray<ReasonCode>, b: ReadonlyArray<ReasonCode>): ReadonlyArray<ReasonCode> =>
  b.length === 0 ? a : a.length === 0 ? b : [...a, ...b]

const UNCLAIMED: Checked = { reasons: NO_REASONS, mark: null }
const UNCOMPARED: Checked = { reasons: ["integrity.knowledge_missing"], mark: null }
