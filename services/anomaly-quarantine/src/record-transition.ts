/** Carries out the transitions that messages trigger, and says so in the audit. Pure. */
import {
  type Breaker,
  type DeviceDraft,
  downgrade,
  type Evidence,
  enter,
  isUnlinked,
  type MessageTrigger,
  provenBy,
  provenCause,
  quarantine,
  requestQuarantine,
  TRANSITIONS,
} from "@assay/detection"
import type { AuditDraft, ReasonCode, TrustState } from "@assay/trust"
import type { AnomalyLimits } from "./limits.ts"
import { type AnomalyDraft, dropHeld, type States } from "./state.ts"

/** A trust change as the audit keeps it. */
export const transition = (
  device: string,
  from: TrustState | null,
  to: TrustState,
  cause: ReadonlyArray<ReasonCode>,
): AuditDraft => ({ kind: "transition", device, from, to, cause })

/** What a transition came to. `breaker` is set where the partition's own state changed. */
export interface Carried {
  readonly events: ReadonlyArray<AuditDraft>
  readonly breaker: Breaker | undefined
}

const NOTHING: Carried = { events: [], breaker: undefined }

/** Moves the device, in place. */
export const applyTransition = (
  trigger: MessageTrigger | null,
  draft: DeviceDraft,
  device: string,
  evidence: Evidence,
  cause: ReadonlyArray<ReasonCode>,
  time: number,
  states: Pick<States, "shared" | "admitted">,
  config: AnomalyLimits,
): Carried => {
  const from = draft.trust
  const to = trigger === null ? null : TRANSITIONS[from][trigger]
  if (to === null) return NOTHING
  const moved = (to: TrustState): Carried["events"] => (from === to ? [] : [transition(device, from, to, cause)])
  if (to !== "quarantined") {
    enter(draft, to, time)
    return { events: moved(to), breaker: undefined }
  }
  const proven = trigger === "proof"
  const cased = proven ? provenCause(draft, evidence) : "statistical"
  const grounds = proven ? provenBy(draft, evidence) : 0
  // A device that is quarantined already only changes its cause: that is no new quarantine for the breaker to count.
  if (from === "quarantined" || (proven && evidence.bypass)) {
    quarantine(draft, cased, time, config.detection, grounds)
    return { events: moved("quarantined"), breaker: undefined }
  }
  const before = states.shared
  const asked = requestQuarantine(before, time, states.admitted, config.detection)
  if (asked.granted) {
    quarantine(draft, cased, time, config.detection, grounds)
    return { events: moved("quarantined"), breaker: asked.breaker }
  }
  downgrade(draft, proven, time)
  const incident: AuditDraft = {
    kind: "incident",
    detail: JSON.stringify({
      what: "quarantine breaker open: further covered quarantines are downgraded to watched",
      admitted: states.admitted,
      windowMs: config.detection.breakerWindowMs,
      first: device,
    }),
  }
  return {
    events: asked.opened ? [incident, ...moved("watched")] : moved("watched"),
    breaker: asked.breaker === before ? undefined : asked.breaker,
  }
}

/**
 * Lets the trust of a device lapse, in place, of which nothing has linked for too long. @returns what to record; null where that
 * is not so
 */
export const lapse = (draft: DeviceDraft, device: string, time: number): AuditDraft | null => {
  if (!isUnlinked(draft, time)) return null
  const from = draft.trust
  enter(draft, "stale", time)
  return transition(device, from, "stale", ["anomaly.stale"])
}

/**
 * Ends a quarantine, in place, with the message that names the one-time value of a `resync`. What is held is not released.
 * @returns what to record; null where operators have ordered none
 */
export const beginAnew = (draft: AnomalyDraft, device: string, time: number): AuditDraft | null => {
  if (draft.trust !== "quarantined" || draft.cause !== "resync") return null
  enter(draft, "probation", time)
  dropHeld(draft)
  return transition(device, "quarantined", "probation", ["identity.resynced"])
}

/**
 * Ends a quarantine that our firmware references alone had caused, in place, once the references list the very firmware: the
 * roots have signed that the mistake was theirs. @returns what to record; null where it is no such quarantine
 */
export const takeBack = (draft: DeviceDraft, device: string, time: number): AuditDraft | null => {
  if (draft.trust !== "quarantined" || draft.cause !== "reference") return null
  enter(draft, "probation", time)
  return transition(device, "quarantined", "probation", ["integrity.reference_corrected"])
}
