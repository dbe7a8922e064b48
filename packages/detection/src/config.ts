/**
 * What the detectors and the state machine go by: the rules of the profile in force, and bounds of memory, which no profile
 * may move.
 */
import { type ContainmentRules, DEFAULT_RULES, type DetectorRules } from "@assay/trust"

export interface DetectionConfig extends DetectorRules, ContainmentRules {
  /** Measurements watched per device: the first this many names it sends. Further ones are not watched. */
  readonly maxMeasurements: number
}

export const DETECTION_DEFAULTS: DetectionConfig = {
  ...DEFAULT_RULES.detectors,
  ...DEFAULT_RULES.containment,
  maxMeasurements: 8,
}
