/** credential-checker as a stage: does a credential in force allow the device this message? */
import type { Logic, Stage } from "@assay/trust"
import { deviceOf } from "@assay/trust/kit"
import { applyCredential } from "./apply.ts"
import { type CredentialFacts, gatherer } from "./facts.ts"
import { judgeCredential } from "./judge.ts"
import { type CredentialLimits, type CredentialPorts, DEFAULT_LIMITS, rulesUnder } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { type CredentialState, LAYOUT } from "./state.ts"

export type CredentialStage = Stage<CredentialState, never, CredentialFacts>

const LOGIC: Logic<CredentialState, never, CredentialFacts> = {
  judge: (entry, state, facts, states) => judgeCredential(entry, state, facts, states, rulesUnder(entry.knowledge)),
  apply: (entry, states, facts) => applyCredential(entry, states, facts, rulesUnder(entry.knowledge)),
}

/** The stage over its ports. `limits` overrides single defaults. */
export const credentialStage = (ports: CredentialPorts, limits: Partial<CredentialLimits> = {}): CredentialStage => {
  const { maxStrangers, maxVerified } = { ...DEFAULT_LIMITS, ...limits }
  return {
    name: "credential",
    logic: new Map([[LOGIC_VERSION, LOGIC]]),
    state: LAYOUT,
    strangers: { maximum: maxStrangers },
    subject: deviceOf,
    gather: gatherer(ports, maxVerified),
  }
}

export type { CredentialLimits, CredentialPorts } from "./limits.ts"
export type { CredentialState } from "./state.ts"
