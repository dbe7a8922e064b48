/** Judges one message: does it continue the device's own hash chain, and is its firmware a known state? Pure. */
import {
  type Judged,
  type MessageClaims,
  type MessageEntry,
  mayLearn,
  type ReasonCode,
  type Verdict,
} from "@assay/trust"
import { claimsOf, mayTeach, NO_REASONS, sharedVerdicts, verdictOf } from "@assay/trust/kit"
import { type Followed, follow } from "./chain.ts"
import { type Checked, checkFirmware, type FirmwareIndex, indexOf } from "./firmware.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { type FirmwareMark, type IntegrityDraft, type IntegrityState, LAYOUT } from "./state.ts"

/**
 * Judges one message:
 * 1. it continues its device's chain; a presentation stands outside of that and claims no firmware;
 * 2. the firmware that it claims, if any, is a known and allowed state of that model;
 * 3. what the device signed is remembered, and the firmware mark only by a clean message.
 */
export const judgeIntegrity = (entry: MessageEntry, state: IntegrityState | undefined): Judged<IntegrityState> => {
  const claims = claimsOf(entry.message)
  if (claims.kind === "presentation") return { verdict: passOf(WITHOUT_INDEX, "none"), state: undefined }
  const draft = LAYOUT.draft(state)
  const followed = follow(draft, claims)
  const index = firmwareIndex(claims, entry)
  const checked = firmwareStep(claims, entry, index, draft)
  const verdict = verdictUnder(claims, joined(followed.reasons, checked.reasons), index)
  return { verdict, state: remember(entry, draft, state, followed, checked, verdict) }
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
  { message }: MessageEntry,
  draft: IntegrityDraft,
  before: IntegrityState | undefined,
  { moves }: Followed,
  { mark }: Checked,
  verdict: Verdict,
): IntegrityState | undefined => {
  const { identity } = message.verdicts
  const continues = identity !== null && (mayTeach(identity) || identity.reasons.every((code) => PLACED.has(code)))
  const learned = continues && mark !== null && mayTeach(verdict) && mayLearn(message.verdicts) ? mark : null
  if (moves && continues) return LAYOUT.seal(marked(draft, learned))
  LAYOUT.discard(draft)
  return learned === null ? undefined : LAYOUT.seal(marked(LAYOUT.draft(before), learned))
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
