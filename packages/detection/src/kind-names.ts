/**
 * The kinds of measurements, each judged by its own rule. `coarse` is a gauge that repeats its values often and takes too many
 * of them for a state: a battery in per cent, say.
 */
export const KINDS = ["constant", "gauge", "coarse", "counter", "state"] as const
export type Kind = (typeof KINDS)[number]
