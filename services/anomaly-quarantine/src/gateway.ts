/**
 * The gateway that signed a message for a device which cannot: its own standing counts for the message too, and what its key did
 * wrong is held against it, not against the device. Detectors speak about the device's values, which stay with the device; only
 * where they withhold the device altogether, its gateway's reputation pays. Pure.
 */
import { type Breaker, consider, debit, type Evidence, reputationOf } from "@assay/detection"
import { type AuditDraft, delegateOf, type ReasonCode, signerOf, type TrustState } from "@assay/trust"
import { NO_REASONS } from "@assay/trust/kit"
import { barredByLife } from "./life.ts"
import type { AnomalyLimits } from "./limits.ts"
import { applyTransition } from "./record-transition.ts"
import { trustUnder } from "./revoked-key.ts"
import { type AnomalyState, draftOf, LAYOUT, type States } from "./state.ts"

export interface Gateway {
  readonly did: string
  readonly state: AnomalyState | undefined
  /** Before this message. */
  readonly trust: TrustState
  readonly reputation: number
  /** One that was not admitted has nothing to lose. */
  readonly isAdmitted: boolean
  /** Nothing that it signs counts: it is quarantined or revoked, or its life does not let it speak. */
  readonly isWithheld: boolean
}

/** Null for a device that signs for itself. */
export const gatewayOf = (device: string, states: States): Gateway | null => {
  if (delegateOf(device) === null) return null
  const did = signerOf(device)
  const state = states.get(did)
  const trust = trustUnder(did, state, states)
  return {
    did,
    state,
    trust,
    reputation: reputationOf(state ?? UNKNOWN),
    isAdmitted: states.isAdmitted(did),
    isWithheld: isShut(trust) || barredByLife(state) !== null,
  }
}

const UNKNOWN = { good: 0, bad: 0 }

export const isShut = (trust: TrustState): boolean => trust === "quarantined" || trust === "revoked"

const WITHHELD: ReadonlyArray<ReasonCode> = ["anomaly.gateway_withheld"]
const NOT_TRUSTED: ReadonlyArray<ReasonCode> = ["anomaly.gateway_not_trusted"]

/** What the gateway's standing says about the message. */
export const gateOf = (gateway: Gateway | null): ReadonlyArray<ReasonCode> => {
  if (gateway === null) return NO_REASONS
  if (gateway.trust === "trusted" && gateway.isAdmitted && !gateway.isWithheld) return NO_REASONS
  return gateway.isWithheld ? WITHHELD : NOT_TRUSTED
}

export interface Charged {
  /** Undefined where nothing changes. */
  readonly state: AnomalyState | undefined
  readonly breaker: Breaker | undefined
  readonly events: ReadonlyArray<AuditDraft>
}

const NOTHING: Charged = { state: undefined, breaker: undefined, events: [] }

/**
 * Charges the gateway with the reasons of the stages before.
 * @param weight what besides costs it reputation, 0..1
 */
export const charge = (
  { did, state, trust, isAdmitted }: Gateway,
  evidence: Evidence,
  weight: number,
  time: number,
  partition: Pick<States, "shared" | "admitted">,
  config: AnomalyLimits,
): Charged => {
  const isCharged = evidence.weight > 0 || evidence.causes.length > 0 || weight > 0
  if (!isCharged || !isAdmitted || trust === "revoked") return NOTHING
  const draft = draftOf(state, time)
  if (trust !== "quarantined") debit(draft, Math.max(evidence.weight, weight), config.detection)
  const isConduct = evidence.weight > 0 || evidence.causes.length > 0
  const trigger = isConduct ? consider(draft, { signals: 0, evidence, clean: false }, time, config.detection) : null
  const carried = applyTransition(trigger, draft, did, evidence, evidence.causes, time, partition, config)
  return { state: LAYOUT.seal(draft), breaker: carried.breaker, events: carried.events }
}
