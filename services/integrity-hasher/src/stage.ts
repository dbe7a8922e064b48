/** integrity-hasher as a stage: does a message continue its device's hash chain, are firmware and hardware in a known state? */
import type { Logic, Stage } from "@assay/trust"
import { deviceOf } from "@assay/trust/kit"
import { applyIntegrity } from "./apply.ts"
import { gatherer, type IntegrityFacts } from "./appraisal/facts.ts"
import { INCIDENTS, type Incidents } from "./incidents.ts"
import { judgeIntegrity } from "./judge.ts"
import { DEFAULT_LIMITS, type IntegrityLimits } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { type IntegrityState, LAYOUT } from "./state.ts"

export type IntegrityStage = Stage<IntegrityState, Incidents, IntegrityFacts>

const LOGIC: Logic<IntegrityState, Incidents, IntegrityFacts> = {
  judge: (entry, state, facts, states) => judgeIntegrity(entry, state, states, facts),
  apply: applyIntegrity,
}

/** The stage. It needs nothing from outside: references and appraisal policies come with the knowledge. `config` overrides defaults. */
export const integrityStage = (config: Partial<IntegrityLimits> = {}): IntegrityStage => ({
  name: "integrity",
  logic: new Map([[LOGIC_VERSION, LOGIC]]),
  state: LAYOUT,
  shared: INCIDENTS,
  strangers: { maximum: config.maxStrangers ?? DEFAULT_LIMITS.maxStrangers },
  subject: deviceOf,
  gather: gatherer(),
})

export type { IntegrityLimits } from "./limits.ts"
export type { IntegrityState } from "./state.ts"
