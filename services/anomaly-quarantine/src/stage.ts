/** anomaly-quarantine as a stage: the last of the five, and the one that decides. */
import { BREAKER, type Breaker, deadlineOf, forget, MEASUREMENTS_MAX } from "@assay/detection"
import type { Logic, Stage } from "@assay/trust"
import { deviceOf } from "@assay/trust/kit"
import { apply } from "./apply.ts"
import { judge } from "./judge.ts"
import { ANOMALY_DEFAULTS, type AnomalyLimits, limitsUnder } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { type AnomalyState, dropHeld, LAYOUT } from "./state.ts"

export { ANOMALY_DEFAULTS, type AnomalyLimits } from "./limits.ts"
export { type AnomalyState, heldOf, MAX_HELD } from "./state.ts"

export type AnomalyStage = Stage<AnomalyState, Breaker>

/** @throws RangeError for a configuration that no state has room for */
export const anomalyStage = (config: AnomalyLimits = ANOMALY_DEFAULTS): AnomalyStage => {
  if (config.detection.maxMeasurements > MEASUREMENTS_MAX)
    throw new RangeError(`at most ${MEASUREMENTS_MAX} measurements of a device can be watched`)
  return {
    name: "anomaly",
    logic: new Map([[LOGIC_VERSION, logicOf(config)]]),
    state: LAYOUT,
    shared: BREAKER,
    strangers: {
      maximum: config.maxStrangers,
      // Only operators quarantine, revoke or claim a stranger, and no crowd of others may make Assay forget it.
      keeps: ({ trust, life }) => trust === "quarantined" || trust === "revoked" || life !== "none",
      deadline: deadlineOf,
    },
    erased: withoutHabits,
    subject: deviceOf,
  }
}

/** An erased device does not come back clean: quarantine, revocation and suspension stay, its habits and what was held do not. */
const withoutHabits = (state: AnomalyState): AnomalyState | null => {
  if (state.trust !== "quarantined" && state.trust !== "revoked" && state.life !== "suspended") return null
  const draft = LAYOUT.draft(state)
  forget(draft)
  dropHeld(draft)
  draft.declares = null
  return LAYOUT.seal(draft)
}

const logicOf = (config: AnomalyLimits): Logic<AnomalyState, Breaker> => {
  const under = limitsUnder(config)
  return {
    judge: (entry, state, _facts, states) => judge(entry, state, states, under(entry.knowledge)),
    apply: (entry, states) => apply(entry, states, under(entry.knowledge)),
  }
}
