/**
 * Families of evidence that are independent of each other. Level, range and drift look at one and the same value, so
 * together they are one family: however loud, they can never quarantine alone.
 */
export const FAMILIES = ["timing", "value", "variation", "conduct"] as const
export type Family = (typeof FAMILIES)[number]

/** Index of the evidence that is no statistic: failures of earlier stages that the device itself signed. */
export const CONDUCT = FAMILIES.indexOf("conduct")
