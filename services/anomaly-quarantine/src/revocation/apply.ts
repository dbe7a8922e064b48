/**
 * A key, a credential or an issuer turned out bad from a time on. The command says so in every partition, and from there on it counts no
 * more; then come, part by part, the decisions that relied on it, as operators signed their list. Each is taken back once, and whom it
 * was trusted by is trusted no more. Only ever tightens. Pure.
 */
import { type Breaker, enter, forget, trustOf } from "@assay/detection"
import {
  type AuditDraft,
  type ControlEntry,
  type ControlFact,
  type Decision,
  type Effects,
  NO_EFFECTS,
  type Origin,
  type ReasonCode,
  type Revocable,
  type Revocation,
  type RevocationPart,
  type RevocationTotal,
} from "@assay/trust"
import { refused, runCommand, signedByTwo } from "../apply-command.ts"
import { controlEvent } from "../control-event.ts"
import type { AnomalyLimits } from "../limits.ts"
import { transition } from "../record-transition.ts"
import { trustUnder } from "../revoked-key.ts"
import { type AnomalyState, draftOf, LAYOUT, type States } from "../state.ts"
import { type Progress, progressOf, rowOf } from "./progress.ts"

type Command = Extract<ControlFact["what"], { kind: "command" }>
type Outcome = Effects<AnomalyState, Breaker>

/** What a message is refused for now that relies on it. */
const REASON_OF: Readonly<Record<Revocable, ReasonCode>> = {
  key: "anomaly.device_revoked",
  credential: "credential.revoked",
  issuer: "credential.issuer_withdrawn",
  "document-key": "identity.key_revoked",
  "issuer-key": "credential.issuer_key_withdrawn",
}

/** For people. */
const NAME_OF: Readonly<Record<Revocable, string>> = {
  key: "a key",
  credential: "a credential",
  issuer: "an issuer",
  "document-key": "a key of a document",
  "issuer-key": "a key of an issuer's document",
}

export const revokeFrom = (
  command: Command & { readonly revocation: Revocation },
  entry: ControlEntry,
  states: States,
  config: AnomalyLimits,
): Outcome => {
  const { revocation, target } = command
  const { of, from, list, part } = revocation
  const { time } = entry
  const known = progressOf(states, { of, from, target })
  if (part !== undefined) return takeBack(command, part, known, entry, states)
  const elsewhere = entry.control.elsewhere === true
  if (!signedByTwo(command)) return elsewhere ? NO_EFFECTS : refused(command, "control.threshold")
  if (list === null && known !== null) return elsewhere ? NO_EFFECTS : refused(command, "anomaly.nothing_to_revoke")
  const begun: Progress = known ?? { of, target, from, began: time, next: null, high: -1, decisions: 0, devices: 0 }
  const row = rowOf(states, { ...begun, next: list?.heads[entry.origin.partition] ?? null }, time)
  // The key of a device is revoked as by `quarantine revoke`; the other stages keep the rest.
  const first = of === "key" && known === null ? runCommand(command, time, states, config, elsewhere) : NO_EFFECTS
  if (first.events.some((event) => event.kind === "control" && event.reasons.includes("control.target_unknown")))
    return first
  return {
    ...first,
    states: [row, ...first.states],
    events: elsewhere ? [] : [controlEvent(command, []), ...first.events.filter(({ kind }) => kind !== "control")],
  }
}

/** The devices that were trusted by what is revoked: watched from here on, and what they taught is forgotten. */
const distrust = (
  devices: ReadonlyArray<string>,
  time: number,
  states: States,
): { readonly moved: Outcome["states"]; readonly events: ReadonlyArray<AuditDraft> } => {
  const moved: Array<readonly [string, AnomalyState]> = []
  const events: Array<AuditDraft> = []
  for (const device of new Set(devices)) {
    const state = states.get(device)
    if (state === undefined || trustUnder(device, state, states) !== "trusted") continue
    const draft = draftOf(state, time)
    const from = trustOf(draft)
    enter(draft, "watched", time)
    forget(draft)
    moved.push([device, LAYOUT.seal(draft)])
    events.push(transition(device, from, "watched", ["anomaly.revoked_since"]))
  }
  return { moved, events }
}

const incidentOf = (progress: Progress, total: RevocationTotal, time: number): AuditDraft => ({
  kind: "incident",
  detail: JSON.stringify({
    what: `decisions that relied on ${NAME_OF[progress.of]} that was revoked are taken back`,
    of: progress.of,
    target: progress.target,
    from: progress.from,
    ...total,
    tookMs: time - progress.began,
  }),
})

const takeBack = (
  command: Command,
  part: RevocationPart,
  known: Progress | null,
  { origin: at, time }: ControlEntry,
  states: States,
): Outcome => {
  const { hash, next, devices, decisions, total } = part
  const first = decisions[0]?.offset ?? Number.POSITIVE_INFINITY
  const last = decisions.at(-1)?.offset ?? -1
  // What another list took back already, and what was decided after this entry, is none of it.
  if (known === null || known.next !== hash || first <= known.high || last >= at.offset)
    return refused(command, "anomaly.nothing_to_revoke")
  const { moved, events } = distrust(devices, time, states)
  const progress: Progress = {
    ...known,
    next,
    high: Math.max(known.high, last),
    decisions: known.decisions + decisions.length,
    devices: known.devices + moved.length,
  }
  const reasons: ReadonlyArray<ReasonCode> = ["anomaly.revoked_since", REASON_OF[known.of]]
  const releases = decisions.map(({ offset, outcome, at: lies }) => {
    const origin: Origin = { epoch: at.epoch, partition: at.partition, offset }
    const decision: Decision = {
      outcome: "quarantined",
      reasons,
      trust: null,
      reputation: null,
      kind: "revoked",
      supersedes: origin,
    }
    return { origin, decision, issued: { outcome, at: lies } }
  })
  return {
    states: [rowOf(states, progress, time), ...moved],
    events: [
      controlEvent(command, [], { takenBack: decisions.length, watched: moved.length }),
      ...events,
      ...(total === null ? [] : [incidentOf(progress, total, time)]),
    ],
    releases,
  }
}
