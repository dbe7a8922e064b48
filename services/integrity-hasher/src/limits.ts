/** Limits of integrity-hasher, fixed in code. No setting changes them. */
export interface IntegrityLimits {
  /** States of devices that were not admitted. */
  readonly maxStrangers: number
}

export const DEFAULT_LIMITS: IntegrityLimits = { maxStrangers: 10_000 }
