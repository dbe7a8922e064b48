/** What an operator may set for the stage. */
export interface IntegrityConfig {
  /** States of devices that were not admitted. */
  readonly maxStrangers: number
}

export const DEFAULT_CONFIG: IntegrityConfig = { maxStrangers: 10_000 }
