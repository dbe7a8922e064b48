/** segmentation-enforcer as a stage: may it flow from its zone to that audience? */
import type { Stage } from "@assay/trust"
import { deviceOf } from "@assay/trust/kit"
import { applySegmentation } from "./apply.ts"
import { INCIDENTS, type Incidents } from "./changed-policy.ts"
import { judgeSegmentation } from "./judge.ts"
import { DEFAULT_LIMITS, type SegmentationLimits } from "./limits.ts"
import { LOGIC_VERSION } from "./logic.ts"
import { forgetAt, LAYOUT, type SegmentationState } from "./state.ts"

export type SegmentationStage = Stage<SegmentationState, Incidents>

/** The stage. It needs nothing from outside: policy and subject come with the message. `config` overrides defaults. */
export const segmentationStage = (config: Partial<SegmentationLimits> = {}): SegmentationStage => {
  const { maxStrangers, maxForgottenPerTick } = { ...DEFAULT_LIMITS, ...config }
  return {
    name: "segmentation",
    logic: new Map([
      [
        LOGIC_VERSION,
        {
          judge: (entry, state, _facts, states) => {
            const device = entry.message.claims?.iss
            const isAdmitted = device !== undefined && states.isAdmitted(device)
            return judgeSegmentation(entry, state, { isAdmitted, incidents: states.shared })
          },
          apply: (entry, states) => applySegmentation(entry, states, maxForgottenPerTick),
        },
      ],
    ]),
    state: LAYOUT,
    shared: INCIDENTS,
    strangers: { maximum: maxStrangers, deadline: forgetAt },
    subject: deviceOf,
  }
}

export type { SegmentationLimits } from "./limits.ts"
export type { SegmentationState } from "./state.ts"
