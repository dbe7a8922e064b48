/** What a detector can say, and which family of evidence it belongs to. */
import type { ReasonCode } from "@assay/trust"

/** Bits of a signal set: one message's alarms. */
export const LEVEL_SHIFT = 1
export const NOVEL_RANGE = 2
export const STUCK = 4
export const DRIFT = 8
export const RATE_HIGH = 16
export const SILENCE = 32
export const FLOODED = 64

/**
 * Families whose evidence is independent of each other. Level, range and drift look at one and the same value, so
 * together they are one family: however loud, they can never quarantine alone.
 */
export const FAMILIES = ["timing", "value", "variation", "conduct"] as const
export type Family = (typeof FAMILIES)[number]

interface Signal {
  readonly bit: number
  readonly reason: ReasonCode
  /** Index in FAMILIES. */
  readonly family: number
  /** Part of the way to certainty that one alarm moves its family: 0.45 takes four alarms in a row to 0.9. */
  readonly gain: number
}

/** In order of severity: reasons appear in this order. */
export const SIGNALS: ReadonlyArray<Signal> = [
  { bit: FLOODED, reason: "anomaly.flood", family: 0, gain: 0.45 },
  { bit: RATE_HIGH, reason: "anomaly.rate", family: 0, gain: 0.3 },
  { bit: DRIFT, reason: "anomaly.drift", family: 1, gain: 0.45 },
  { bit: LEVEL_SHIFT, reason: "anomaly.level_shift", family: 1, gain: 0.45 },
  { bit: NOVEL_RANGE, reason: "anomaly.novel_range", family: 1, gain: 0.45 },
  { bit: STUCK, reason: "anomaly.stuck", family: 2, gain: 0.45 },
  { bit: SILENCE, reason: "anomaly.silence", family: 0, gain: 0.1 },
]

/** Evidence that is no statistic: failures of earlier stages that the device itself signed. */
export const CONDUCT = 3

/** The reason codes of a signal set. */
export const reasonsOf = (signals: number): ReadonlyArray<ReasonCode> =>
  signals === 0 ? [] : SIGNALS.filter((signal) => (signals & signal.bit) !== 0).map((signal) => signal.reason)
