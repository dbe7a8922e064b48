/** May it flow from its zone to that audience? The checklist of segmentation-enforcer; pure. */
import { ACTION_INDEX, addresseeOf, classOf, flowIndex, GUARDRAIL, NO_CONDUIT } from "@assay/segmentation"
import type { Assurance, Judged, MessageEntry, ReasonCode } from "@assay/trust"
import { claimsOf } from "@assay/trust/kit"
import { throughConduit } from "./conduit-conditions.ts"
import { denied } from "./lateral-movement.ts"
import { type PolicyInForce, policyInForce, refused, withoutPolicy } from "./policy-in-force.ts"
import { type SegmentationState, UNKNOWN_ZONE } from "./state.ts"

type Outcome = Judged<SegmentationState>

/**
 * Judges one message: default deny, and each step that cannot be answered ends in a refusal.
 * 1. a presentation flows nowhere;
 * 2. a policy must be in force;
 * 3. the device has a zone, and its audience lies in one;
 * 4. a conduit leads from one to the other, and no guardrail forbids it; denied zones are counted (`lateral-movement.ts`);
 * 5. the conduit's own conditions hold, or are only recorded in observe mode (`conduit-conditions.ts`).
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
  if (active.expires <= time) return unknown(policy, "segmentation.policy_expired", assurance)

  const { table, conduits } = policy.compiled
  const deviceClass = subject?.class ?? null
  const from = policy.compiled.zoneOfDevice(claims.iss, subject?.vendor ?? null, deviceClass)
  if (from < 0) return unknown(policy, "segmentation.unassigned", assurance)
  const to = policy.compiled.zoneOfAudience(addresseeOf(claims.aud, entry.knowledge.bundle?.body.trustDomain))
  if (to < 0) return denied(entry, claims, state, policy, "segmentation.audience_unknown", UNKNOWN_ZONE, from)

  const flow = table.flows[flowIndex(table, from, to, ACTION_INDEX[claims.act], classOf(table, deviceClass))]!
  if (flow === NO_CONDUIT)
    return denied(entry, claims, state, policy, "segmentation.no_conduit", table.zones[to]!, from)
  if (flow <= GUARDRAIL)
    return denied(entry, claims, state, policy, "segmentation.guardrail", table.zones[to]!, from, GUARDRAIL - flow)
  return throughConduit(message, claims.iat, time, state, policy, flow, conduits[flow]!)
}

const unknown = (policy: PolicyInForce, reason: ReasonCode, assurance: Assurance): Outcome => ({
  verdict: refused(policy, reason, assurance, null),
  state: undefined,
})
