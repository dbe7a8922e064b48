/** A flow that the policy does not have: each denied zone is remembered, and too many of them are lateral movement. Pure. */
import type { Judged, MessageClaims, MessageEntry, ReasonCode, Verdicts } from "@assay/trust"
import { isProven, verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "./logic.ts"
import type { PolicyInForce } from "./policy-in-force.ts"
import { deniedZones, rememberDenied, type SegmentationState } from "./state.ts"

/** A flow that the policy does not have: remembered, and lateral movement where too many zones were tried. */
export const denied = (
  entry: MessageEntry,
  claims: MessageClaims,
  state: SegmentationState | undefined,
  policy: PolicyInForce,
  reason: ReasonCode,
  zone: string,
  from: number,
  guardrail: number = -1,
): Judged<SegmentationState, never> => {
  const { message, time } = entry
  const { lateral, guardrails } = policy.active.body
  const times = { time, signed: claims.iat * 1_000 }
  const next = isOwnDoing(message.verdicts) ? rememberDenied(state, zone, times, lateral.windowMs) : undefined
  const tried = next === undefined ? 0 : deniedZones(next, times)
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
  return { verdict: verdictOf(LOGIC_VERSION, { reasons, knowledge: policy.cited, assurance, detail }), state: next }
}

/**
 * Whether the message is the device's own doing. The stricter `mayLearn` would be wrong here: a sweep that the
 * credential forbids as well is still a sweep, and must be counted.
 */
const isOwnDoing = ({ identity, credential, integrity }: Verdicts): boolean =>
  (identity === null || isProven(identity)) &&
  (credential === null || isProven(credential)) &&
  (integrity === null || isProven(integrity))
