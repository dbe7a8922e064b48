/** What control, admission and tick entries do to devices. Pure. */
import { type Breaker, elapsed, enter, trustOf } from "@assay/detection"
import {
  type AdmissionEntry,
  type AuditDraft,
  type ControlEntry,
  type Effects,
  NO_EFFECTS,
  type TickEntry,
} from "@assay/trust"
import { declaredBy } from "./admitted.ts"
import { runCommand } from "./apply-command.ts"
import { classMoved } from "./class-moved.ts"
import { controlEvent } from "./control-event.ts"
import { FIRMWARE_KINDS, goOn, reappraise } from "./firmware/sweep.ts"
import { admitted } from "./life.ts"
import type { AnomalyLimits } from "./limits.ts"
import { transition } from "./record-transition.ts"
import { rejudge } from "./rejudge/apply.ts"
import { revokeFrom } from "./revocation/apply.ts"
import { isKeyRevoked } from "./revoked-key.ts"
import { type AnomalyState, draftOf, LAYOUT, lifeIn, type States } from "./state.ts"

type Outcome = Effects<AnomalyState, Breaker>

export const apply = (
  entry: ControlEntry | AdmissionEntry | TickEntry,
  states: States,
  config: AnomalyLimits,
): Outcome => {
  if (entry.kind === "tick")
    return joinedEffects(tick(entry.time, states, config), goOn(entry.time, states, entry.knowledge))
  if (entry.kind === "admission") return admit(entry, states)
  const { control } = entry
  const elsewhere = control.elsewhere === true
  if (control.accepted && control.what.kind === "command" && control.what.verb === "rejudge")
    return rejudge(control.what, entry, states, config)
  if (control.accepted && control.what.kind === "command" && control.what.revocation !== undefined)
    return revokeFrom({ ...control.what, revocation: control.what.revocation }, entry, states, config)
  if (control.accepted && control.what.kind === "command")
    return runCommand(control.what, entry.time, states, config, elsewhere)
  if (control.what.kind === "activation" && control.what.item === "cohort" && control.accepted)
    return classMoved(entry, control.what, states)
  if (elsewhere) return NO_EFFECTS
  const reasons = control.accepted || control.reasons.length > 0 ? control.reasons : (["control.malformed"] as const)
  const recorded: Outcome = { states: [], events: [controlEvent(control.what, reasons)], releases: [] }
  if (!control.accepted || control.what.kind !== "activation" || !FIRMWARE_KINDS.has(control.what.item)) return recorded
  const { item, hash } = control.what
  return joinedEffects(recorded, reappraise(`${item} ${hash}`, entry.time, states, entry.knowledge))
}

/** Both; what moves a device twice would be a mistake in them, and the later one counts. */
const joinedEffects = (first: Outcome, second: Outcome | null): Outcome =>
  second === null || (second.states.length === 0 && second.events.length === 0)
    ? first
    : { ...first, states: [...first.states, ...second.states], events: [...first.events, ...second.events] }

/** The first accepted credential: from here on the device is learned. A later one may declare something else of it. */
const admit = (entry: AdmissionEntry, states: States): Outcome => {
  const { device, time } = entry
  const known = states.get(device)
  if (states.isAdmitted(device)) {
    const declares = declaredBy(entry)
    if (known === undefined || known.declares === declares) return NO_EFFECTS
    const draft = draftOf(known, time)
    draft.declares = declares
    return { states: [[device, LAYOUT.seal(draft)]], events: [], releases: [] }
  }
  if (isKeyRevoked(device, states) && trustOf(known) !== "revoked") {
    const draft = draftOf(known, time)
    enter(draft, "revoked", time)
    return {
      states: [[device, LAYOUT.seal(draft)]],
      events: [transition(device, null, "revoked", ["anomaly.device_revoked"])],
      releases: [],
    }
  }
  const moved = admitted(device, lifeIn(known))
  const declares = declaredBy(entry)
  const changed = (): AnomalyState => {
    const draft = draftOf(known, time)
    draft.declares = declares
    if (moved !== null) draft.life = "active"
    return LAYOUT.seal(draft)
  }
  return {
    states: known === undefined || moved !== null || known.declares !== declares ? [[device, changed()]] : [],
    events: [transition(device, null, trustOf(known), []), ...(moved === null ? [] : [moved])],
    releases: [],
  }
}

/** Ends cooldowns and lets the trust of silent devices lapse. */
const tick = (time: number, states: States, config: AnomalyLimits): Outcome => {
  const due = states.due(time, config.maxDuePerTick)
  if (due.length === 0) return NO_EFFECTS
  const moved: Array<readonly [string, AnomalyState]> = []
  const events: Array<AuditDraft> = []
  for (const device of due) {
    const state = states.get(device)
    const to = state === undefined ? undefined : elapsed(state, time)
    if (state === undefined || to === undefined) continue
    const from = state.trust
    const draft = draftOf(state, time)
    enter(draft, to, time)
    moved.push([device, LAYOUT.seal(draft)])
    if (states.isAdmitted(device)) events.push(transition(device, from, to, to === "stale" ? ["anomaly.stale"] : []))
  }
  return { states: moved, events, releases: [] }
}
