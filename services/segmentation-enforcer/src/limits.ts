/** Limits of segmentation-enforcer, fixed in code. Zones, conduits, rates and the lateral window are the policy's. */
export interface SegmentationLimits {
  /** States of devices that were not admitted. */
  readonly maxStrangers: number
  /** States forgotten per tick, so that a tick stays short after a fleet fell silent. */
  readonly maxForgottenPerTick: number
}

export const DEFAULT_LIMITS: SegmentationLimits = { maxStrangers: 10_000, maxForgottenPerTick: 1_000 }
