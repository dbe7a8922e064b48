/** Judges one message: does it continue the device's own hash chain, and is its firmware a known state? Pure. */
import {
  type AssayedMessage,
  type Judgement,
  type Knowledge,
  type MessageEntry,
  mayLearn,
  outcomeOf,
  type ReasonCode,
  reasonInfo,
  type Verdict,
} from "@assay/trust"
import { type Followed, follow } from "./chain.ts"
import { type Checked, checkFirmware, type FirmwareIndex, indexOf } from "./firmware.ts"
import type { IntegrityState } from "./state.ts"

export const LOGIC_VERSION = 1

const PRESENTATION = "m2m-presentation+jwt"

export const judgeIntegrity = (entry: MessageEntry, state: IntegrityState | undefined): Judgement<IntegrityState> => {
  const { message, knowledge } = entry
  if (message.claims === null) return { verdict: null, state: undefined }
  const followed = chainStep(message, state)
  const index = firmwareIndex(message, knowledge)
  const checked = firmwareStep(message, index, state)
  const reasons = joined(followed.reasons, checked.reasons)
  return {
    verdict: verdictOf(message, reasons, index),
    state: remember(message, state, followed, checked, reasons),
  }
}

/** Presentations stand outside the sequence. */
const chainStep = ({ claims }: AssayedMessage, state: IntegrityState | undefined): Followed =>
  claims!.typ === PRESENTATION ? OUTSIDE : follow(state, claims!)

/** Null where there is nothing to compare: no claim, or no bundle. */
const firmwareIndex = ({ claims }: AssayedMessage, { bundle }: Knowledge): FirmwareIndex | null =>
  claims!.fw === null || bundle === null ? null : indexOf(bundle)

const firmwareStep = (
  { claims, subject }: AssayedMessage,
  index: FirmwareIndex | null,
  state: IntegrityState | undefined,
): Checked => {
  if (claims!.fw === null) return UNCLAIMED
  return index === null ? UNCOMPARED : checkFirmware(index, claims!.fw, subject, state)
}

/**
 * The chain is a record of what the device signed, not something learned: it goes on after a message that a later rule
 * refused, for else every honest successor would look broken. But what identity-resolver refused (a replay, a second
 * message on one place, a clone) is no part of it. The firmware mark is learned, so only a clean message moves it.
 */
const remember = (
  message: AssayedMessage,
  state: IntegrityState | undefined,
  { chain }: Followed,
  { mark }: Checked,
  reasons: ReadonlyArray<ReasonCode>,
): IntegrityState | undefined => {
  const identity = message.verdicts.identity
  if (identity === null || chain === undefined || !isProven(identity.outcome, identity.reasons)) return undefined
  const learns = mark !== null && isProven(outcomeOf(reasons), reasons) && mayLearn(message.verdicts)
  if (chain === state && !learns) return undefined
  const { svn, model } = learns ? mark : (state ?? NO_MARK)
  return { ...chain, svn, model }
}

const isProven = (outcome: Verdict["outcome"], reasons: ReadonlyArray<ReasonCode>): boolean =>
  outcome === "pass" || (outcome !== "fail" && reasons.every((code) => reasonInfo(code).attribution !== "unproven"))

const verdictOf = (
  message: AssayedMessage,
  reasons: ReadonlyArray<ReasonCode>,
  index: FirmwareIndex | null,
): Verdict => {
  const claims = message.claims!
  const detail = reasons.length === 0 ? null : { epo: claims.epo, seq: claims.seq, prv: claims.prv, fw: claims.fw }
  return {
    outcome: outcomeOf(reasons),
    reasons,
    observed: NONE,
    obligations: NONE,
    knowledge: index === null ? NONE : index.cited,
    assurance: claims.fw === null ? "none" : "claimed",
    logic: LOGIC_VERSION,
    detail: detail === null ? null : JSON.stringify(detail),
  }
}

const joined = (a: ReadonlyArray<ReasonCode>, b: ReadonlyArray<ReasonCode>): ReadonlyArray<ReasonCode> =>
  b.length === 0 ? a : a.length === 0 ? b : [...a, ...b]

const NONE: ReadonlyArray<never> = []
const NO_MARK = { svn: -1, model: "" }
const OUTSIDE: Followed = { reasons: NONE, chain: undefined }
const UNCLAIMED: Checked = { reasons: NONE, mark: null }
const UNCOMPARED: Checked = { reasons: ["integrity.knowledge_missing"], mark: null }
