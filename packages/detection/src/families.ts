/**
 * Families of evidence that are independent of each other. Whatever looks at values is one family, of whichever reading: what
 * moves one sensor of a device (its place, its supply) moves the others, so however loud, values can never quarantine alone.
 */
export const FAMILIES = ["timing", "value", "conduct"] as const
export type Family = (typeof FAMILIES)[number]

/** Index of the evidence that is no statistic: failures of earlier stages that the device itself signed. */
export const CONDUCT = FAMILIES.indexOf("conduct")
