/** May it flow from its zone to that audience? The checklist of segmentation-enforcer; pure. */
import { ACTION_INDEX, addresseeOf, classOf, flowIndex, GUARDRAIL, NO_CONDUIT } from "@assay/segmentation"
import { type Assurance, type Judged, type MessageEntry, mayLearn, type ReasonCode } from "@assay/trust"
import { claimsOf } from "@assay/trust/kit"
import { flowOf, type Incidents, rememberPassed, takenAway } from "./changed-policy.ts"
import { throughConduit } from "./conduit-conditions.ts"
import { denied } from "./lateral-movement.ts"
import { type PolicyInForce, policyInForce, refused, withoutPolicy } from "./policy-in-force.ts"
import { type SegmentationState, UNKNOWN_ZONE } from "./state.ts"

type Outcome = Judged<SegmentationState, Incidents>

/** What judge sees of the partition. */
export interface Partition {
  /** Whether the device was admitted: flows of strangers are not remembered. */
  readonly isAdmitted: boolean
  readonly incidents: Incidents | undefined
}

/**
 * Judges one message: default deny, and each step that cannot be answered ends in a refusal.
 * 1. a presentation and evidence flow nowhere;
 * 2. a policy must be in force;
 * 3. the device has a zone, and its audience lies in one;
 * 4. a conduit leads from one to the other, and no guardrail forbids it; denied zones are counted (`lateral-movement.ts`),
 *    but where an earlier policy carried that very flow of the device (`changed-policy.ts`);
 * 5. the conduit's own conditions hold, or are only recorded in observe mode (`conduit-conditions.ts`).
 */
export const judgeSegmentation = (
  entry: MessageEntry,
  state: SegmentationState | undefined,
  { isAdmitted, incidents }: Partition,
): Outcome => {
  const { message, time } = entry
  const { subject } = message
  const claims = claimsOf(message)
  const assurance = subject?.assurance ?? "none"
  // A presentation speaks to Assay itself and carries nothing that any zone could use. It must pass before the device
  // has a zone, because the zone follows from the credential that it presents. Its audience is identity-resolver's.
  if (claims.kind !== "message") return { verdict: withoutPolicy([], assurance), state: undefined }

  const { policy: active } = entry.knowledge
  if (active === null) return { verdict: withoutPolicy(["segmentation.policy_missing"], assurance), state: undefined }
  const policy = policyInForce(active)
  if (active.expires <= time) return unknown(policy, "segmentation.policy_expired", assurance)

  const { table, conduits } = policy.compiled
  const deviceClass = subject?.class ?? null
  const from = policy.compiled.zoneOfDevice(claims.iss, subject?.vendor ?? null, deviceClass)
  if (from < 0) return unknown(policy, "segmentation.unassigned", assurance)
  const to = policy.compiled.zoneOfAudience(addresseeOf(claims.aud, entry.knowledge.bundle?.body.trustDomain))
  const deny = (reason: ReasonCode, zone: string, guardrail?: number): Outcome =>
    takenAway(entry, claims, state, incidents, policy, reason) ??
    denied(entry, claims, state, policy, reason, zone, from, guardrail)
  if (to < 0) return deny("segmentation.audience_unknown", UNKNOWN_ZONE)

  const flow = table.flows[flowIndex(table, from, to, ACTION_INDEX[claims.act], classOf(table, deviceClass))]!
  if (flow === NO_CONDUIT) return deny("segmentation.no_conduit", table.zones[to]!)
  if (flow <= GUARDRAIL) return deny("segmentation.guardrail", table.zones[to]!, GUARDRAIL - flow)
  const judged = throughConduit(message, claims.iat, time, state, policy, flow, conduits[flow]!)
  if (!isAdmitted || judged.verdict.outcome === "fail" || !mayLearn(message.verdicts)) return judged
  const before = judged.state ?? state
  const next = rememberPassed(before, flowOf(claims), active.version)
  return next === before ? judged : { ...judged, state: next }
}

const unknown = (policy: PolicyInForce, reason: ReasonCode, assurance: Assurance): Outcome => ({
  verdict: refused(policy, reason, assurance, null),
  state: undefined,
})
