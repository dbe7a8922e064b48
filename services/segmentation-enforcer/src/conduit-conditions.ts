/** What a conduit still asks of a flow that it carries: window, rate, obligations; in observe mode it only records. Pure. */
import { type CompiledConduit, isOpenAt } from "@assay/segmentation"
import { type AssayedMessage, isDelegated, type Judged, type ReasonCode, type Verdicts } from "@assay/trust"
import { claimsOf, verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "./logic.ts"
import { describe, type PolicyInForce, permittedBy, refused } from "./policy-in-force.ts"
import { chargeRate, type SegmentationState } from "./state.ts"

/** The residual checks of the conduit that the table chose. */
export const throughConduit = (
  message: AssayedMessage,
  iat: number,
  time: number,
  state: SegmentationState | undefined,
  policy: PolicyInForce,
  index: number,
  conduit: CompiledConduit,
): Judged<SegmentationState> => {
  const assurance = message.subject?.assurance ?? "none"
  // Not subject to observe mode: an expired conduit is no demand on the device, it is no longer there.
  if (conduit.expires <= time)
    return {
      verdict: refused(policy, "segmentation.conduit_expired", assurance, describe(policy, conduit)),
      state: undefined,
    }

  // By the signed time: a carrier that holds a message back must not make it one that was said at the wrong hour.
  const open = isOpenAt(conduit, iat * 1_000)
  const charged = conduit.intervalUs === 0 ? undefined : chargeRate(state, conduit, { time, signed: iat * 1_000 })
  const observing = time < conduit.observeUntil
  const delegated = isDelegated(claimsOf(message).iss)
  // What failed before flows nowhere, and so uses up nothing; nor does what this stage is about to refuse. Everything
  // else is charged, also what came early or out of order: it flows, annotated.
  const flows = (open || observing) && !hasFailed(message.verdicts)
  const next = flows ? (charged ?? undefined) : undefined
  if (open && charged !== null && !observing)
    return { verdict: permittedBy(policy, index, assurance, delegated), state: next }

  const found: Array<ReasonCode> = []
  if (!open) found.push("segmentation.outside_window")
  if (charged === null) found.push("segmentation.rate_exceeded")
  const { intervalUs } = conduit
  const obligations = delegated ? conduit.ofDelegated : conduit.obligations
  const verdict = verdictOf(LOGIC_VERSION, {
    reasons: observing ? [] : found,
    observed: observing ? found : [],
    // Trust cannot be observed from here, and demanding it would change the decision.
    // But what a gateway says passes only where the conduit lets claims pass.
    obligations: observing ? (delegated ? conduit.unsaid : []) : obligations,
    knowledge: policy.cited,
    assurance,
    detail: describe(policy, conduit, observing ? { mode: "observe", wouldDemand: obligations } : { intervalUs }),
  })
  return { verdict, state: next }
}

const hasFailed = ({ identity, credential, integrity }: Verdicts): boolean =>
  identity?.outcome === "fail" || credential?.outcome === "fail" || integrity?.outcome === "fail"
