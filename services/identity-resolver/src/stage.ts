/** identity-resolver as a stage: who signed this, is it routed right, fresh, new; is there a second copy of the device? */
import type { Logic, Stage } from "@assay/trust"
import { admittedClass, whyNotAdmitted } from "./admission.ts"
import { applyIdentity, keepClass } from "./apply.ts"
import { authenticator, type Prepared } from "./authenticate.ts"
import { gatherDocumented } from "./documented.ts"
import type { IdentityFacts } from "./facts.ts"
import { type JudgeConfig, judgeIdentity } from "./judge.ts"
import { DEFAULT_LIMITS, type IdentityLimits, type IdentityPorts, limitsUnder } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { withoutOffsets } from "./next-epoch.ts"
import { type IdentityState, LAYOUT } from "./state.ts"

export type IdentityStage = Stage<IdentityState, never, IdentityFacts, Prepared>

const logicOf = (config: JudgeConfig): Logic<IdentityState, never, IdentityFacts> => {
  const under = limitsUnder(config)
  return {
    judge: (entry, state, facts, states) => judgeIdentity(under(entry.knowledge), entry, state, facts, states),
    admits: (entry, facts, states) => whyNotAdmitted(under(entry.knowledge), entry, facts, states),
    apply: (entry, states, facts) =>
      entry.kind === "admission"
        ? keepClass(entry, states, admittedClass(under(entry.knowledge), entry, facts))
        : applyIdentity(entry, states),
  }
}

/** The stage over its ports. `limits` overrides single defaults. */
export const identityStage = (ports: IdentityPorts, limits: Partial<IdentityLimits> = {}): IdentityStage => {
  const config = { ...DEFAULT_LIMITS, ...limits, genesis: ports.genesis }
  return {
    name: "identity",
    logic: new Map([[LOGIC_VERSION, logicOf(config)]]),
    state: LAYOUT,
    strangers: { maximum: config.maxStrangers },
    // Its place in the sequence stays, so that what it sent before counts no second time.
    erased: (state) => state,
    inNextEpoch: withoutOffsets,
    prepare: authenticator(ports, config.maxKeys),
    // The claims are not on the message yet: this stage is the one that puts them there.
    subject: (_entry, prepared) => (prepared !== undefined && "claims" in prepared ? prepared.claims.iss : null),
    gather: gatherDocumented(ports),
  }
}

export type { IdentityLimits, IdentityPorts } from "./limits.ts"
export type { IdentityState } from "./state.ts"
