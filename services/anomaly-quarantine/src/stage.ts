/** anomaly-quarantine as a stage: the last of the five, and the one that decides. */
import { deadlineOf, MEASUREMENTS_MAX } from "@assay/detection"
import type { Stage } from "@assay/trust"
import { apply } from "./apply.ts"
import { ANOMALY_DEFAULTS, type AnomalyConfig } from "./config.ts"
import { judge, LOGIC_VERSION } from "./judge.ts"
import { type AnomalyState, codec, deviceOf } from "./state.ts"

export { ANOMALY_DEFAULTS, type AnomalyConfig } from "./config.ts"
export { type AnomalyState, heldOf, MAX_HELD } from "./state.ts"

/** This stage needs nothing but the message and its state. */
export type AnomalyFacts = undefined

/** @throws RangeError for a configuration that no state has room for */
export const anomalyStage = (config: AnomalyConfig = ANOMALY_DEFAULTS): Stage<AnomalyState, AnomalyFacts> => {
  if (config.detection.maxMeasurements > MEASUREMENTS_MAX)
    throw new RangeError(`at most ${MEASUREMENTS_MAX} measurements of a device can be watched`)
  return {
    name: "anomaly",
    logicVersion: LOGIC_VERSION,
    codec,
    maxStrangers: config.maxStrangers,
    // Only operators shut out a stranger, and no crowd of others may make the house forget it.
    keeps: (state) => {
      const trust = deviceOf(state)?.trust
      return trust === "quarantined" || trust === "revoked"
    },
    deadline: (state) => {
      const device = deviceOf(state)
      return device === undefined ? undefined : deadlineOf(device, config.detection)
    },
    gather: (entries) => new Array<AnomalyFacts>(entries.length).fill(undefined),
    judge: (entry, state, _facts, states) => judge(entry, deviceOf(state), states, config),
    apply: (entry, states) => apply(entry, states, config),
  }
}
