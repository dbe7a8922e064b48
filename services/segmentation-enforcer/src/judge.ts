/** May it flow from its zone to that audience? The checklist of segmentation-enforcer; pure. */
import {
  ACTION_INDEX,
  type CompiledConduit,
  cellOf,
  classOf,
  GUARDRAIL,
  isOpenAt,
  NO_CONDUIT,
} from "@assay/segmentation"
import type { AssayedMessage, Assurance, Judged, MessageClaims, MessageEntry, ReasonCode, Verdicts } from "@assay/trust"
import { claimsOf, isProven } from "@assay/trust/kit"
import { chargeRate, deniedZones, rememberDenied, type SegmentationState, UNKNOWN_ZONE } from "./state.ts"
import { describe, type PolicyInForce, permittedBy, policyInForce, verdictOf, withoutPolicy } from "./verdicts.ts"

type Outcome = Judged<SegmentationState>

/**
 * Judges one message: default deny, and each step that cannot be answered ends in a refusal.
 * 1. a presentation flows nowhere;
 * 2. a policy must be in force;
 * 3. the device has a zone, and its audience lies in one;
 * 4. a conduit leads from one to the other, and no guardrail forbids it;
 * 5. the conduit's own conditions hold.
 */
export const judgeSegmentation = (entry: MessageEntry, state: SegmentationState | undefined): Outcome => {
  const { message, time } = entry
  const { subject } = message
  const claims = claimsOf(message)
  const assurance = subject?.assurance ?? "none"
  // A presentation speaks to Assay itself and carries nothing that any zone could use. It must pass before the device
  // has a zone, because the zone follows from the credential that it presents. Its audience is identity-resolver's.
  if (claims.kind === "presentation") return { verdict: withoutPolicy([], assurance), state: undefined }

  const { policy: active } = entry.knowledge
  if (active === null) return { verdict: withoutPolicy(["segmentation.policy_missing"], assurance), state: undefined }
  const policy = policyInForce(active)
  if (active.expires <= time) return refused(policy, "segmentation.policy_expired", assurance, null)

  const { table, conduits } = policy.compiled
  const deviceClass = subject?.class ?? null
  const from = policy.compiled.zoneOfDevice(claims.iss, subject?.vendor ?? null, deviceClass)
  if (from < 0) return refused(policy, "segmentation.unassigned", assurance, null)
  const to = policy.compiled.zoneOfAudience(claims.aud)
  if (to < 0) return denied(entry, claims, state, policy, "segmentation.audience_unknown", UNKNOWN_ZONE, from)

  const cell = table.cells[cellOf(table, from, to, ACTION_INDEX[claims.act], classOf(table, deviceClass))]!
  if (cell === NO_CONDUIT)
    return denied(entry, claims, state, policy, "segmentation.no_conduit", table.zones[to]!, from)
  if (cell <= GUARDRAIL)
    return denied(entry, claims, state, policy, "segmentation.guardrail", table.zones[to]!, from, GUARDRAIL - cell)
  return throughConduit(message, time, state, policy, cell, conduits[cell]!)
}

/** The residual checks of the conduit that the table chose. */
const throughConduit = (
  message: AssayedMessage,
  time: number,
  state: SegmentationState | undefined,
  policy: PolicyInForce,
  index: number,
  conduit: CompiledConduit,
): Outcome => {
  const assurance = message.subject?.assurance ?? "none"
  // Not subject to observe mode: an expired conduit is no demand on the device, it is no longer there.
  if (conduit.expires <= time)
    return refused(policy, "segmentation.conduit_expired", assurance, describe(policy, conduit))

  const open = isOpenAt(conduit, time)
  const charged = conduit.intervalUs === 0 ? undefined : chargeRate(state, conduit, time)
  const observing = time < conduit.observeUntil
  // What failed before flows nowhere, and so uses up nothing; nor does what this stage is about to refuse. Everything
  // else is charged, also what came early or out of order: it flows, annotated.
  const flows = (open || observing) && !hasFailed(message.verdicts)
  const next = flows ? (charged ?? undefined) : undefined
  if (open && charged !== null && !observing) return { verdict: permittedBy(policy, index, assurance), state: next }

  const found: Array<ReasonCode> = []
  if (!open) found.push("segmentation.outside_window")
  if (charged === null) found.push("segmentation.rate_exceeded")
  const { obligations, intervalUs } = conduit
  const verdict = verdictOf({
    reasons: observing ? [] : found,
    observed: observing ? found : [],
    // Trust cannot be observed from here, and demanding it would change the decision.
    obligations: observing ? [] : obligations,
    knowledge: policy.cited,
    assurance,
    detail: describe(policy, conduit, observing ? { mode: "observe", wouldDemand: obligations } : { intervalUs }),
  })
  return { verdict, state: next }
}

/** A flow that the policy does not have: remembered, and lateral movement where too many zones were tried. */
const denied = (
  entry: MessageEntry,
  claims: MessageClaims,
  state: SegmentationState | undefined,
  policy: PolicyInForce,
  reason: ReasonCode,
  zone: string,
  from: number,
  guardrail: number = -1,
): Outcome => {
  const { message, time } = entry
  const { lateral, guardrails } = policy.active.body
  const next = isOwnDoing(message.verdicts) ? rememberDenied(state, zone, time, lateral.windowMs) : undefined
  const tried = next === undefined ? 0 : deniedZones(next, time)
  const reasons: ReadonlyArray<ReasonCode> =
    tried >= lateral.zones ? [reason, "segmentation.lateral_movement"] : [reason]
  const detail = JSON.stringify({
    policy: policy.active.version,
    from: policy.compiled.table.zones[from],
    to: zone,
    audience: claims.aud.slice(0, 256),
    action: claims.act,
    ...(guardrail >= 0 ? { guardrail: guardrails[guardrail]?.id } : {}),
    triedZones: tried,
  })
  const assurance = message.subject?.assurance ?? "none"
  return { verdict: verdictOf({ reasons, knowledge: policy.cited, assurance, detail }), state: next }
}

/** A refusal for want of knowledge: it says nothing about the device, so nothing is remembered. */
const refused = (policy: PolicyInForce, reason: ReasonCode, assurance: Assurance, detail: string | null): Outcome => ({
  verdict: verdictOf({ reasons: [reason], knowledge: policy.cited, assurance, detail }),
  state: undefined,
})

const hasFailed = ({ identity, credential, integrity }: Verdicts): boolean =>
  identity?.outcome === "fail" || credential?.outcome === "fail" || integrity?.outcome === "fail"

/**
 * Whether the message is the device's own doing. The stricter `mayLearn` would be wrong here: a sweep that the
 * credential forbids as well is still a sweep, and must be counted.
 */
const isOwnDoing = ({ identity, credential, integrity }: Verdicts): boolean =>
  (identity === null || isProven(identity)) &&
  (credential === null || isProven(credential)) &&
  (integrity === null || isProven(integrity))
