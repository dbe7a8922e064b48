/**
 * What a device's life allows, and what operators do with it. Signers, thresholds, vouchers and expiry were checked by the runner. Pure.
 */
import { type Breaker, enter, forget, trustOf } from "@assay/detection"
import {
  type AuditDraft,
  byProfile,
  type ControlFact,
  type Effects,
  isLifeOver,
  type Knowledge,
  LIFE_SIGNERS,
  type LifeMove,
  type LifeState,
  type LifeVerb,
  lifeAfter,
  lifeOf,
  type MessageEntry,
  NO_EFFECTS,
  type ReasonCode,
} from "@assay/trust"
import { controlEvent } from "./control-event.ts"
import { transition } from "./record-transition.ts"
import { namesKey, revokedKey, trustUnder } from "./revoked-key.ts"
import { type AnomalyState, draftOf, dropHeld, LAYOUT, lifeIn, type States } from "./state.ts"
import { withdrawHeld } from "./superseding.ts"

type Command = Extract<ControlFact["what"], { kind: "command" }>
type Outcome = Effects<AnomalyState, Breaker>

const BARS: Readonly<Record<LifeState, ReasonCode | null>> = {
  manufactured: "anomaly.device_not_enrolled",
  claimed: "anomaly.device_not_enrolled",
  attested: "anomaly.device_not_enrolled",
  active: null,
  suspended: "anomaly.device_suspended",
  quarantined: null,
  transferred: "anomaly.device_transferred",
  retired: "anomaly.device_retired",
}

/** Why a device may not speak, whatever its trust is; null where its life does not stand against it. */
export const barredByLife = (state: AnomalyState | undefined): ReasonCode | null => {
  const life = lifeIn(state)
  return life === null ? null : BARS[life]
}

interface Move {
  readonly device: string
  readonly from: LifeState | null
  readonly to: LifeState
  readonly move: LifeMove
}

/** A move that follows from what was decided. */
const followed = (move: Move) =>
  ({ kind: "life", ...move, actors: [], reason: null, evidence: null }) satisfies AuditDraft

/** Its first accepted credential ends an enrolment. @returns the event, in place of the draft's old state; null where it moves nothing */
export const admitted = (device: string, life: LifeState | null): AuditDraft | null =>
  life === "attested" ? followed({ device, from: life, to: "active", move: "admit" }) : null

const classesIn: (knowledge: Knowledge) => ReadonlySet<string> = byProfile<ReadonlySet<string>>(
  new Set(),
  ({ attest = [] }) => new Set(attest),
)

/**
 * Affirmed evidence of a claimed device, where the profile says that its class is attested so: the moves that follow; none where it moves
 * nothing. It rests on the message that brought the evidence. Who is admitted is active at once: without a credential nobody knows
 * the class.
 */
export const attestedByHardware = (entry: MessageEntry, life: LifeState | null): ReadonlyArray<AuditDraft> => {
  const { message, knowledge, time } = entry
  const { claims, subject, verdicts } = message
  const { profile } = knowledge
  if (life !== "claimed" || claims?.kind !== "evidence" || subject === null || profile === null) return []
  const isAffirmed = verdicts.integrity?.outcome === "pass" && verdicts.integrity.assurance === "hardware"
  if (!isAffirmed || profile.expires <= time || !classesIn(knowledge).has(subject.class)) return []
  const attested = { device: claims.iss, from: life, to: "attested", move: "attest" } as const
  const active = admitted(claims.iss, "attested")
  return [{ ...followed(attested), evidence: claims.digest }, ...(active === null ? [] : [active])]
}

/** A key's life is over in every partition: its other names have other homes. */
export const endElsewhere = (command: Command, verb: LifeVerb, time: number): Outcome =>
  (verb === "transfer" || verb === "retire") &&
  new Set(command.signers).size >= LIFE_SIGNERS[verb] &&
  namesKey(command.target)
    ? { states: [revokedKey(command.target, time)], events: [], releases: [] }
    : NO_EFFECTS

/** One command, in the home partition of its target. */
export const live = (command: Command, verb: LifeVerb, time: number, states: States): Outcome => {
  const { target: device, signers, reason, evidence = null, claim } = command
  const state = states.get(device)
  const isAdmitted = states.isAdmitted(device)
  const trust = trustUnder(device, state, states)
  const now = lifeOf(lifeIn(state), isAdmitted, trust)
  const refused = (code: ReasonCode): Outcome => ({
    states: [],
    events: [controlEvent(command, [code], { life: now })],
    releases: [],
  })
  if (new Set(signers).size < LIFE_SIGNERS[verb]) return refused("control.threshold")
  if (verb === "claim" && claim === undefined) return refused("control.voucher_refused")
  // The voucher itself says that the device was made.
  const made = verb === "claim" && now === null ? lifeAfter(null, "make") : null
  const to = lifeAfter(made ?? now, verb)
  if (to === null) return refused("control.life_refused")
  // A key that was revoked comes back by no other door. Its end may still be recorded.
  if (trust === "revoked" && !isLifeOver(to)) return refused("anomaly.device_revoked")
  const by = { actors: signers, reason, evidence }
  const identity = claim === undefined || claim.identity === device ? {} : { identity: claim.identity }
  const said = (move: Move): AuditDraft => ({ kind: "life", ...move, ...by, ...identity })
  const events: Array<AuditDraft> = [controlEvent(command, [], { life: to })]
  if (made !== null)
    events.push({
      kind: "life",
      device,
      from: null,
      to: made,
      move: "make",
      ...by,
      actors: [claim!.manufacturer],
      ...identity,
    })
  events.push(said({ device, from: made ?? now, to, move: verb }))
  const draft = draftOf(state, time)
  const from = trustOf(draft)
  draft.life = to
  if (isLifeOver(to)) {
    // What its owner knew of it is forgotten, and nothing that it signs counts any more.
    const releases = withdrawHeld(draft, from)
    if (from !== "revoked") enter(draft, "revoked", time)
    dropHeld(draft)
    forget(draft)
    if (from !== "revoked")
      events.push(transition(device, isAdmitted || state !== undefined ? from : null, "revoked", []))
    const key = namesKey(device) ? [revokedKey(device, time)] : []
    return { states: [[device, LAYOUT.seal(draft)], ...key], events, releases }
  }
  const next = to === "attested" && isAdmitted ? admitted(device, to) : null
  if (next !== null) {
    draft.life = "active"
    events.push(next)
  }
  return { states: [[device, LAYOUT.seal(draft)]], events, releases: [] }
}
