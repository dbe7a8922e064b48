/** Limits of anomaly-quarantine, fixed in code; the profile in force sets thresholds and containment. No setting changes them. */
import { DETECTION_DEFAULTS, type DetectionConfig } from "@assay/detection"
import { byProfile, type Knowledge } from "@assay/trust"

export interface AnomalyLimits {
  readonly detection: DetectionConfig
  /**
   * Until when (milliseconds since 1970) the statistical detectors only observe: their reasons are recorded as
   * `observed` and change nothing. 0 enforces at once. Evidence of earlier stages is never only observed.
   */
  readonly observeUntil: number
  /** Devices without an accepted credential whose state is kept. */
  readonly maxStrangers: number
  /** Most devices that one tick moves; the rest stay due for the next. */
  readonly maxDuePerTick: number
}

export const ANOMALY_DEFAULTS: AnomalyLimits = {
  detection: DETECTION_DEFAULTS,
  observeUntil: 0,
  maxStrangers: 10_000,
  maxDuePerTick: 1_000,
}

/** The limits at an entry: the profile in force sets thresholds and containment, everything else stays as given. */
export const limitsUnder = (base: AnomalyLimits): ((knowledge: Knowledge) => AnomalyLimits) =>
  byProfile(base, ({ detectors, containment }) => ({
    ...base,
    detection: { ...base.detection, ...detectors, ...containment },
  }))
