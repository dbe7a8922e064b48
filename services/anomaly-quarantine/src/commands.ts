/** What an operator's command does. Signers, thresholds and expiry were checked by the runner. Pure. */
import {
  CAUSE,
  CAUSE_OPERATOR,
  CAUSE_PROVEN,
  CAUSE_STATISTICAL,
  enter,
  forget,
  needsTwoToRelease,
  quarantine,
  reputationOf,
  resetBreaker,
  trustOf,
} from "@assay/detection"
import {
  type AuditDraft,
  type ControlFact,
  type Decision,
  type Effects,
  type Origin,
  PARTITION_KEY,
  type ReasonCode,
  type StateView,
  type TrustState,
} from "@assay/trust"
import type { AnomalyConfig } from "./config.ts"
import { type AnomalyState, draftOf, dropHeld, heldOf } from "./state.ts"
import { transition } from "./transition.ts"

type Command = Extract<ControlFact["what"], { kind: "command" }>
type Outcome = Effects<AnomalyState>

/** The outcome of a control entry, for the audit. */
export const controlEvent = (
  what: ControlFact["what"],
  reasons: ReadonlyArray<ReasonCode>,
  more: Readonly<Record<string, unknown>> = {},
): AuditDraft => ({
  kind: "control",
  accepted: reasons.length === 0,
  reasons,
  detail: JSON.stringify({ ...what, ...more }),
})

const refused = (command: Command, reason: ReasonCode): Outcome => ({
  states: [],
  events: [controlEvent(command, [reason])],
  releases: [],
})

/** The runner enforces the bundle's thresholds; where a mistake could not be undone, two are demanded here too. */
const signedByTwo = (command: Command): boolean => new Set(command.signers).size >= 2

export const obey = (
  command: Command,
  time: number,
  states: StateView<AnomalyState>,
  config: AnomalyConfig,
): Outcome => {
  if (command.verb === "breaker-override") {
    if (!signedByTwo(command)) return refused(command, "control.threshold")
    return { states: [[PARTITION_KEY, resetBreaker(time)]], events: [controlEvent(command, [])], releases: [] }
  }
  const state = command.target === PARTITION_KEY ? undefined : states.get(command.target)
  if (state === undefined && !states.isAdmitted(command.target)) return refused(command, "control.target_unknown")
  if (trustOf(state) === "revoked") return refused(command, "anomaly.device_revoked")
  const step = { quarantine: shutOut, release, revoke }[command.verb]
  return step(command, state, time, config)
}

type Step = (command: Command, state: AnomalyState | undefined, time: number, config: AnomalyConfig) => Outcome

const shutOut: Step = (command, state, time, config) => {
  const cells = draftOf(state, time)
  const from = trustOf(cells)
  // Proof stays the cause: otherwise one operator could first quarantine and then release alone.
  if (cells[CAUSE] !== CAUSE_PROVEN) quarantine(cells, CAUSE_OPERATOR, time, config.detection)
  const moved = from === "quarantined" ? [] : [transition(command.target, from, "quarantined", [])]
  return { states: [[command.target, cells]], events: [controlEvent(command, []), ...moved], releases: [] }
}

/** Out of quarantine into probation, out of watching into learning anew; held messages go out with a mark. */
const release: Step = (command, state, time) => {
  const cells = draftOf(state, time)
  const from = trustOf(cells)
  const { origins, overflow } = heldOf(cells)
  if (from !== "quarantined" && from !== "watched" && origins.length === 0)
    return refused(command, "anomaly.nothing_to_release")
  if (needsTwoToRelease(cells) && !signedByTwo(command)) return refused(command, "control.threshold")
  const releases = origins.map((origin) => ({ origin, decision: superseding("released", origin, from, cells) }))
  // Whoever releases a device that its values condemned approves these values as the new baseline.
  const rebased = from === "watched" || cells[CAUSE] === CAUSE_STATISTICAL
  if (from === "quarantined" || from === "watched")
    enter(cells, from === "quarantined" ? "probation" : "learning", time)
  dropHeld(cells)
  if (rebased) forget(cells)
  const to = trustOf(cells)
  return {
    states: [[command.target, cells]],
    events: [
      controlEvent(command, [], { released: origins.length, notKept: overflow, rebased }),
      ...(from === to ? [] : [transition(command.target, from, to, [])]),
    ],
    releases,
  }
}

/** For ever. What is held stays in the quarantined stream, now marked as never to be released. */
const revoke: Step = (command, state, time) => {
  if (!signedByTwo(command)) return refused(command, "control.threshold")
  const cells = draftOf(state, time)
  const from = trustOf(cells)
  const { origins } = heldOf(cells)
  const releases = origins.map((origin) => ({ origin, decision: superseding("revoked", origin, from, cells) }))
  enter(cells, "revoked", time)
  dropHeld(cells)
  forget(cells)
  return {
    states: [[command.target, cells]],
    events: [
      controlEvent(command, [], { revokedHeld: origins.length }),
      transition(command.target, from, "revoked", []),
    ],
    releases,
  }
}

/** Never `verified`: what was held was never judged as trusted. */
const superseding = (
  kind: "released" | "revoked",
  origin: Origin,
  trust: TrustState,
  cells: AnomalyState,
): Decision => ({
  outcome: kind === "released" ? "annotated" : "quarantined",
  reasons: [kind === "released" ? "anomaly.probation" : "anomaly.device_revoked"],
  trust,
  reputation: reputationOf(cells),
  kind,
  supersedes: origin,
})
