/** What an operator's command does. Signers, thresholds and expiry were checked by the runner. Pure. */
import {
  type Breaker,
  enter,
  forget,
  needsTwoToRelease,
  quarantineByOrder,
  resetBreaker,
  TRANSITIONS,
  trustOf,
} from "@assay/detection"
import {
  type AuditDraft,
  type ControlFact,
  type Effects,
  isDelegated,
  isLifeVerb,
  NO_EFFECTS,
  type ReasonCode,
} from "@assay/trust"
import { controlEvent } from "./control-event.ts"
import { gatewayOf } from "./gateway.ts"
import { endElsewhere, live } from "./life.ts"
import type { AnomalyLimits } from "./limits.ts"
import { rebaseline } from "./rebaseline.ts"
import { transition } from "./record-transition.ts"
import { isKeyRevoked, namesKey, revokedKey, trustUnder } from "./revoked-key.ts"
import { type AnomalyState, draftOf, dropHeld, heldOf, LAYOUT, type States } from "./state.ts"
import { superseding, withdrawHeld } from "./superseding.ts"

type Command = Extract<ControlFact["what"], { kind: "command" }>
type Outcome = Effects<AnomalyState, Breaker>

export const refused = (command: Command, reason: ReasonCode): Outcome => ({
  states: [],
  events: [controlEvent(command, [reason])],
  releases: [],
})

/** The runner enforces the bundle's thresholds; where a mistake could not be undone, two are demanded here too. */
export const signedByTwo = (command: Command): boolean => new Set(command.signers).size >= 2

/** @param elsewhere whether the command lies in every partition and another one records it */
export const runCommand = (
  command: Command,
  time: number,
  states: States,
  config: AnomalyLimits,
  elsewhere: boolean,
): Outcome => {
  if (command.verb === "breaker-override") return overrideBreaker(command, time, states, elsewhere)
  if (command.verb === "erase") return erase(command, states)
  if (command.verb === "rebaseline") {
    if (signedByTwo(command)) return rebaseline(command, time, states, elsewhere)
    return elsewhere ? NO_EFFECTS : refused(command, "control.threshold")
  }
  if (isLifeVerb(command.verb))
    return elsewhere ? endElsewhere(command, command.verb, time) : live(command, command.verb, time, states)
  // What hardware stood for it is integrity-hasher's to end, and the enrolment's to give away.
  if (command.verb === "unbind")
    return signedByTwo(command)
      ? { states: [], events: [controlEvent(command, [])], releases: [] }
      : refused(command, "control.threshold")
  if (command.verb === "revoke") return elsewhere ? revokeKey(command, time) : revokeAtHome(command, time, states)
  const state = states.get(command.target)
  if (state === undefined && !states.isAdmitted(command.target)) return refused(command, "control.target_unknown")
  if (command.verb === "label") return { states: [], events: [controlEvent(command, [])], releases: [] }
  if (trustUnder(command.target, state, states) === "revoked") return refused(command, "anomaly.device_revoked")
  if (command.verb === "rejudge") return refused(command, "control.malformed") // judged in `rejudge/apply.ts`
  // What its gateway signs is withheld: only when that is released may what is held go out.
  if (command.verb === "release" && gatewayOf(command.target, states)?.isWithheld === true)
    return refused(command, "anomaly.gateway_withheld")
  const step = { quarantine: quarantineByOperator, release, resync }[command.verb]
  return step(command, state, time, config)
}

/** One event for the command; where it is another partition's, an incident tells whose breaker was reset besides. */
const overrideBreaker = (command: Command, time: number, { shared }: States, elsewhere: boolean): Outcome => {
  if (!signedByTwo(command)) return elsewhere ? NO_EFFECTS : refused(command, "control.threshold")
  const { granted = 0, open = false } = shared ?? {}
  const { verb, signers, reason } = command
  const reset: AuditDraft = {
    kind: "incident",
    detail: JSON.stringify({ what: "quarantine breaker reset by operators", verb, signers, reason, granted, open }),
  }
  const events = elsewhere ? (granted > 0 || open ? [reset] : []) : [controlEvent(command, [])]
  return { states: [], shared: resetBreaker(time, shared), events, releases: [] }
}

/**
 * Whatever a proof is held against, or revoked, only the roots erase: an erasure must be no way to bury what a device did.
 * The engine then takes the state away, but for what `erased` of the stage keeps.
 */
const erase = (command: Command, states: States): Outcome => {
  const { device, byRoots, tokens } = command.erasure!
  if (device === null) return refused(command, "control.malformed")
  const state = states.get(device)
  if (state === undefined && !states.isAdmitted(device)) return refused(command, "control.target_unknown")
  const isConvicted =
    trustUnder(device, state, states) === "revoked" || (state !== undefined && needsTwoToRelease(state))
  if (isConvicted && !byRoots) return refused(command, "control.roots_needed")
  const event = controlEvent(command, [])
  return {
    states: [],
    events: [event.kind === "control" ? { ...event, erasure: { device, tokens } } : event],
    releases: [],
    erases: true,
  }
}

type Step = (command: Command, state: AnomalyState | undefined, time: number, config: AnomalyLimits) => Outcome

const quarantineByOperator: Step = (command, state, time, config) => {
  const draft = draftOf(state, time)
  const from = trustOf(draft)
  quarantineByOrder(draft, time, config.detection)
  const moved = from === "quarantined" ? [] : [transition(command.target, from, "quarantined", [])]
  return { states: [[command.target, LAYOUT.seal(draft)]], events: [controlEvent(command, []), ...moved], releases: [] }
}

/** Out of quarantine into probation, out of watching into learning anew; held messages go out with a mark. */
const release: Step = (command, state, time) => {
  const draft = draftOf(state, time)
  const from = trustOf(draft)
  const { origins, overflow } = heldOf(draft)
  const next = TRANSITIONS[from].release
  if (next === null && origins.length === 0) return refused(command, "anomaly.nothing_to_release")
  if (needsTwoToRelease(draft) && !signedByTwo(command)) return refused(command, "control.threshold")
  const releases = origins.map((origin) => ({ origin, decision: superseding("released", origin, from, draft) }))
  // Whoever releases a device that its values condemned approves these values as the new baseline.
  const rebased = from === "watched" || draft.cause === "statistical"
  if (next !== null) enter(draft, next, time)
  dropHeld(draft)
  if (rebased) forget(draft)
  const to = trustOf(draft)
  return {
    states: [[command.target, LAYOUT.seal(draft)]],
    events: [
      controlEvent(command, [], { released: origins.length, notKept: overflow, rebased }),
      ...(from === to ? [] : [transition(command.target, from, to, [])]),
    ],
    releases,
  }
}

/**
 * The device may begin its sequence anew, with the one-time value (the first and third stage see to that). Only that message ends
 * a quarantine: until it comes the key alone speaks, and whoever has a copy of it has that too. What is held is not released,
 * since nobody has looked at it.
 */
const resync: Step = (command, state, time) => {
  if (!signedByTwo(command)) return refused(command, "control.threshold")
  const draft = draftOf(state, time)
  const isShut = trustOf(draft) === "quarantined"
  const { origins, overflow } = heldOf(draft)
  if (isShut) {
    draft.cause = "resync"
    dropHeld(draft)
  }
  return {
    states: [[command.target, LAYOUT.seal(draft)]],
    events: [controlEvent(command, [], { notReleased: isShut ? origins.length + overflow : 0 })],
    releases: [],
  }
}

/** In the partitions that are not the target's home: another name of its key may have come there, or may come. */
const revokeKey = (command: Command, time: number): Outcome =>
  signedByTwo(command) && namesKey(command.target)
    ? { states: [revokedKey(command.target, time)], events: [], releases: [] }
    : NO_EFFECTS

/** A device that is not known here is revoked by its key alone: the other partitions cannot tell whether it is known. */
const revokeAtHome = (command: Command, time: number, states: States): Outcome => {
  const { target } = command
  const state = states.get(target)
  const isKnown = state !== undefined || states.isAdmitted(target)
  if (!isKnown && !namesKey(target)) return refused(command, "control.target_unknown")
  if (trustOf(state) === "revoked" || (!isKnown && isKeyRevoked(target, states)))
    return refused(command, "anomaly.device_revoked")
  if (!signedByTwo(command)) return refused(command, "control.threshold")
  if (isKnown) return revoke(command, state, time)
  return { states: [revokedKey(target, time)], events: [controlEvent(command, [], { unseen: true })], releases: [] }
}

/** For ever. What is held stays in the quarantined stream, now marked as never to be released. */
const revoke = (command: Command, state: AnomalyState | undefined, time: number): Outcome => {
  const draft = draftOf(state, time)
  const from = trustOf(draft)
  const { origins } = heldOf(draft)
  const releases = withdrawHeld(draft, from)
  enter(draft, "revoked", time)
  dropHeld(draft)
  forget(draft)
  return {
    // A device that cannot sign has no key: that of its gateway goes on.
    states: [
      [command.target, LAYOUT.seal(draft)],
      ...(isDelegated(command.target) ? [] : [revokedKey(command.target, time)]),
    ],
    events: [
      controlEvent(command, [], { revokedHeld: origins.length }),
      transition(command.target, from, "revoked", []),
    ],
    releases,
  }
}
