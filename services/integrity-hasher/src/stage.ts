/** integrity-hasher as a stage: does a message continue its device's hash chain, and is the firmware a known state? */
import type { Stage } from "@assay/trust"
import { applyIntegrity } from "./apply.ts"
import { DEFAULT_CONFIG, type IntegrityConfig } from "./config.ts"
import { judgeIntegrity, LOGIC_VERSION } from "./judge.ts"
import { type IntegrityState, LAYOUT } from "./state.ts"

export type IntegrityStage = Stage<IntegrityState>

/** The stage. It needs nothing from outside: references come with the knowledge. `config` overrides defaults. */
export const integrityStage = (config: Partial<IntegrityConfig> = {}): IntegrityStage => ({
  name: "integrity",
  logicVersion: LOGIC_VERSION,
  codec: LAYOUT,
  maxStrangers: config.maxStrangers ?? DEFAULT_CONFIG.maxStrangers,
  gather: (entries) => new Array<undefined>(entries.length).fill(undefined),
  judge: (entry, state) => judgeIntegrity(entry, state),
  apply: () => applyIntegrity(),
})

export type { IntegrityConfig } from "./config.ts"
export type { IntegrityState } from "./state.ts"
