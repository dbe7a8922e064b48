/** anomaly-quarantine as a stage: the last of the five, and the one that decides. */
import { deadlineOf, isBreaker, trustOf } from "@assay/detection"
import type { Stage } from "@assay/trust"
import { apply } from "./apply.ts"
import { codec } from "./codec.ts"
import { ANOMALY_DEFAULTS, type AnomalyConfig } from "./config.ts"
import { judge, LOGIC_VERSION } from "./judge.ts"
import type { AnomalyState } from "./state.ts"

export { ANOMALY_DEFAULTS, type AnomalyConfig } from "./config.ts"
export { type AnomalyState, heldOf, MAX_HELD } from "./state.ts"

/** This stage needs nothing but the message and its state. */
export type AnomalyFacts = undefined

export const anomalyStage = (config: AnomalyConfig = ANOMALY_DEFAULTS): Stage<AnomalyState, AnomalyFacts> => ({
  name: "anomaly",
  logicVersion: LOGIC_VERSION,
  codec,
  maxStrangers: config.maxStrangers,
  // Only operators shut out a stranger, and no crowd of others may make the house forget it.
  keeps: (state) => !isBreaker(state) && (trustOf(state) === "quarantined" || trustOf(state) === "revoked"),
  deadline: (state) => (isBreaker(state) ? undefined : deadlineOf(state, config.detection)),
  gather: (entries) => new Array<AnomalyFacts>(entries.length).fill(undefined),
  judge: (entry, state, _facts, states) => judge(entry, state, states, config),
  apply: (entry, states) => apply(entry, states, config),
})
