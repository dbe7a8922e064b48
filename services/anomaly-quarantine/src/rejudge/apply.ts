/**
 * A rejudgement: quarantined messages are judged again under the knowledge of now, as two operators signed it, and those whose
 * reasons have fallen are issued, marked and never as verified. Pure: the entry carries what is judged.
 */
import { type Breaker, enter, fellBy, forget, reputationOf, TRANSITIONS, trustOf } from "@assay/detection"
import {
  type AssayedMessage,
  type AuditDraft,
  type ControlEntry,
  type ControlFact,
  type Decision,
  type Effects,
  isReasonCode,
  type ReasonCode,
  reasonInfo,
  signerOf,
  type TrustState,
} from "@assay/trust"
import { refused, signedByTwo } from "../apply-command.ts"
import { controlEvent } from "../control-event.ts"
import { isShut } from "../gateway.ts"
import type { AnomalyLimits } from "../limits.ts"
import { transition } from "../record-transition.ts"
import { endedIn } from "../revocation/ended.ts"
import { trustUnder } from "../revoked-key.ts"
import { type AnomalyDraft, type AnomalyState, draftOf, LAYOUT, type States } from "../state.ts"
import { fateOf } from "./fate.ts"
import { noticeOf } from "./notice.ts"
import { Rejudged } from "./rejudged.ts"
import { openShown } from "./shown-credential.ts"
import { FAULT } from "./undecided.ts"

type Command = Extract<ControlFact["what"], { kind: "command" }>
type Outcome = Effects<AnomalyState, Breaker>

/** What was warned of stays said; what failed has fallen. */
const reasonsOf = ({ decision }: AssayedMessage): ReadonlyArray<ReasonCode> => [
  "anomaly.rejudged",
  ...decision!.reasons.filter((code) => isReasonCode(code) && reasonInfo(code).severity === "warn"),
]

interface Restored {
  readonly drafts: ReadonlyMap<string, AnomalyDraft>
  readonly events: ReadonlyArray<AuditDraft>
  /** How many stay as they are. */
  readonly left: number
}

/**
 * The devices whose quarantine or watch ends: those that fell by the reason that is judged again and by nothing else. Whatever
 * else was proven of a device, or ordered by an operator, no correction of ours takes back; nor of the revoked.
 */
const restore = (devices: ReadonlyArray<string>, reason: ReasonCode, time: number, states: States): Restored => {
  const drafts = new Map<string, AnomalyDraft>()
  const events: Array<AuditDraft> = []
  let left = 0
  for (const device of new Set(devices)) {
    const state = states.get(device)
    const from = state === undefined ? null : trustUnder(device, state, states)
    const to = from === null ? null : TRANSITIONS[from].release
    if (state === undefined || from === null || to === null || !fellBy(state, reason)) {
      left += 1
      continue
    }
    const draft = draftOf(state, time)
    enter(draft, to, time)
    forget(draft)
    drafts.set(device, draft)
    events.push(transition(device, from, to, []))
  }
  return { drafts, events, left }
}

/** Of the device, or of its gateway where that is withheld, with what is restored here. */
const trustNow = (device: string, drafts: ReadonlyMap<string, AnomalyDraft>, states: States): TrustState => {
  const of = (did: string): TrustState =>
    drafts.has(did) ? trustOf(drafts.get(did)) : trustUnder(did, states.get(did), states)
  const ofSigner = of(signerOf(device))
  return isShut(ofSigner) ? ofSigner : of(device)
}

export const rejudge = (
  command: Command,
  { origin: at, time, knowledge }: ControlEntry,
  states: States,
  config: AnomalyLimits,
): Outcome => {
  const { rejudgement } = command
  if (rejudgement === undefined || !isReasonCode(rejudgement.reason)) return refused(command, "control.malformed")
  const { reason } = rejudgement
  if (!signedByTwo(command)) return refused(command, "control.threshold")
  const { messages } = rejudgement
  if (messages === undefined || messages.includes(null)) return refused(command, "control.malformed")
  const { drafts, events: transitions, left } = restore(rejudgement.restore, reason, time, states)
  const rejudged = new Rejudged(states, time)
  const shown = openShown(rejudgement.credentials, knowledge, endedIn(states))
  const stays: Record<string, number> = {}
  const releases: Array<Outcome["releases"][number]> = []
  const keep = (why: string): void => {
    stays[why] = (stays[why] ?? 0) + 1
  }
  for (const message of messages as ReadonlyArray<AssayedMessage>) {
    const { origin } = message
    const device = message.claims?.iss ?? ""
    const state = drafts.get(device) ?? states.get(device)
    // Also what was erased has no state any more, and is not issued again.
    if (origin.epoch !== at.epoch || origin.partition !== at.partition || state === undefined) keep("not known here")
    else if (rejudged.has(origin)) keep("issued before")
    else {
      const trust = trustNow(device, drafts, states)
      const why = fateOf(reason, message, trust, knowledge, time, shown)
      if (why !== null) keep(why)
      else {
        rejudged.add(origin)
        const decision: Decision = {
          outcome: "annotated",
          reasons: reasonsOf(message),
          trust,
          reputation: reputationOf(state),
          kind: "released",
          supersedes: origin,
        }
        releases.push({ origin, decision, message, ...(reason === FAULT ? { undecided: true } : {}) })
      }
    }
  }
  if (releases.length === 0 && drafts.size === 0) return refused(command, "anomaly.nothing_to_rejudge")
  const notice = noticeOf(states, reason, time, config)
  if (notice.why !== null)
    return { states: [notice.row], events: [controlEvent(command, [notice.why]), ...notice.events], releases: [] }
  return {
    states: [
      notice.row,
      ...rejudged.rows(),
      ...[...drafts].map(([device, draft]) => [device, LAYOUT.seal(draft)] as const),
    ],
    events: [
      controlEvent(command, [], {
        judgedAgain: reason,
        issued: releases.length,
        stays,
        ...(left === 0 ? {} : { notRestored: left }),
      }),
      ...transitions,
    ],
    releases,
  }
}
