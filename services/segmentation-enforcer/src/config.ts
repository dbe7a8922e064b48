/** What an operator may set. Zones, conduits, rates and the lateral window are the policy's, not the configuration's. */
export interface SegmentationConfig {
  /** States of devices that were not admitted. */
  readonly maxStrangers: number
  /** States forgotten per tick, so that a tick stays short after a fleet fell silent. */
  readonly maxForgottenPerTick: number
}

export const DEFAULT_CONFIG: SegmentationConfig = { maxStrangers: 10_000, maxForgottenPerTick: 1_000 }
