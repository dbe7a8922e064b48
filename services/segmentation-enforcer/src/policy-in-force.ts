/** The verdicts of one policy. Those on permitted flows are alike for all devices, so they are made once and shared. */
import { type CompiledConduit, type CompiledPolicy, compilePolicy } from "@assay/segmentation"
import type { Active, Assurance, ReasonCode, SegmentationPolicy, Verdict } from "@assay/trust"
import { NO_REASONS, verdictOf } from "@assay/trust/kit"
import { LOGIC_VERSION } from "./logic.ts"

/** A policy in force, ready to judge by. */
export interface PolicyInForce {
  readonly active: Active<SegmentationPolicy>
  readonly compiled: CompiledPolicy
  /** What every verdict under this policy cites. */
  readonly cited: ReadonlyArray<string>
  /** Shared verdicts on permitted flows, by conduit index; one map each by assurance. */
  readonly permitted: Array<Map<Assurance, Verdict> | undefined>
  /** The same of devices for which a gateway signs. */
  readonly permittedDelegated: Array<Map<Assurance, Verdict> | undefined>
}

const inForce = new WeakMap<Active<SegmentationPolicy>, PolicyInForce>()

/** Compiled at the first message under it; the runner passes the same object for as long as it is in force. */
export const policyInForce = (active: Active<SegmentationPolicy>): PolicyInForce => {
  let found = inForce.get(active)
  if (found === undefined) {
    found = {
      active,
      compiled: compilePolicy(active.body),
      cited: Object.freeze([active.hash]),
      permitted: [],
      permittedDelegated: [],
    }
    inForce.set(active, found)
  }
  return found
}

/** The shared verdict on a flow that an enforced conduit carries. */
export const permittedBy = (
  policy: PolicyInForce,
  index: number,
  assurance: Assurance,
  delegated: boolean,
): Verdict => {
  const permitted = delegated ? policy.permittedDelegated : policy.permitted
  let byAssurance = permitted[index]
  if (byAssurance === undefined) {
    byAssurance = new Map()
    permitted[index] = byAssurance
  }
  let verdict = byAssurance.get(assurance)
  if (verdict === undefined) {
    const conduit = policy.compiled.conduits[index]!
    verdict = verdictOf(LOGIC_VERSION, {
      reasons: NO_REASONS,
      obligations: delegated ? conduit.ofDelegated : conduit.obligations,
      knowledge: policy.cited,
      assurance,
      detail: describe(policy, conduit),
    })
    byAssurance.set(assurance, verdict)
  }
  return verdict
}

/** The path that a message took, for `explain`. */
export const describe = (policy: PolicyInForce, { id, from, to }: CompiledConduit, more: object = {}): string =>
  JSON.stringify({ policy: policy.active.version, conduit: id, from, to, ...more })

/** A verdict that rests on no policy: there is none, or the message asks for no path. */
export const withoutPolicy = (reasons: ReadonlyArray<ReasonCode>, assurance: Assurance): Verdict =>
  verdictOf(LOGIC_VERSION, { reasons, assurance })

/** A refusal for want of knowledge: it says nothing about the device, so nothing is remembered. */
export const refused = (
  policy: PolicyInForce,
  reason: ReasonCode,
  assurance: Assurance,
  detail: string | null,
): Verdict => verdictOf(LOGIC_VERSION, { reasons: [reason], knowledge: policy.cited, assurance, detail })
