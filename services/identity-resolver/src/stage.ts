/** identity-resolver as a stage: who signed this, is it routed right, fresh, new; is there a second copy of the device? */
import type { Stage } from "@assay/trust"
import { applyIdentity } from "./apply.ts"
import { authenticator, type Prepared } from "./authenticate.ts"
import { DEFAULT_LIMITS, type IdentityLimits, type IdentityPorts } from "./config.ts"
import { gatherFacts, type IdentityFacts } from "./facts.ts"
import { judgeIdentity, LOGIC_VERSION } from "./judge.ts"
import { type IdentityState, LAYOUT } from "./state.ts"

export type IdentityStage = Stage<IdentityState, IdentityFacts, Prepared>

/** The stage over its ports. `limits` overrides single defaults. */
export const identityStage = (ports: IdentityPorts, limits: Partial<IdentityLimits> = {}): IdentityStage => {
  const config = { ...DEFAULT_LIMITS, ...limits, genesis: ports.genesis }
  return {
    name: "identity",
    logicVersion: LOGIC_VERSION,
    codec: LAYOUT,
    maxStrangers: config.maxStrangers,
    prepare: authenticator(ports, config.maxKeys),
    gather: (entries, states, prepared) => gatherFacts(entries, states, prepared, ports.readSubmitted),
    judge: (entry, state, facts) => judgeIdentity(config, entry, state, facts),
    apply: applyIdentity,
  }
}

export type { IdentityLimits, IdentityPorts } from "./config.ts"
export type { IdentityState } from "./state.ts"
