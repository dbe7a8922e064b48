/**
 * Every number that a profile sets: its bounds, its unit, and which way it loosens. The bounds keep a profile from switching
 * a check off by a slip of the keyboard; within them the roots decide.
 */
import type { Action, ProfileRules } from "@assay/trust"

export interface Field {
  readonly min: number
  readonly max: number
  /** Broken numbers are refused unless this is set. */
  readonly fraction?: true
  /** It came later: a profile that was signed without it has the default. */
  readonly optional?: true
  readonly unit: string
  /** `up`: a larger value lets more pass or contains less. `none`: neither way. */
  readonly loosens: "up" | "down" | "none"
}

type Fields = { readonly [Section in keyof ProfileRules]: { readonly [Name in keyof ProfileRules[Section]]: Field } }

const DAY_S = 86_400
const DAY_MS = DAY_S * 1_000
const MINUTE_MS = 60_000

const age = (max: number): Field => ({ min: 1, max, unit: "s", loosens: "up" })
const count = (min: number, max: number, unit: string, loosens: Field["loosens"]): Field => ({
  min,
  max,
  unit,
  loosens,
})
const part = (min: number, max: number, unit: string, loosens: Field["loosens"]): Field => ({
  ...count(min, max, unit, loosens),
  fraction: true,
})

/** How old the messages of one class may be: as `freshness`, but what waits in a store may wait a month. */
export const CLASS_AGES: Readonly<Record<Action, Field>> = {
  telemetry: age(31 * DAY_S),
  event: age(31 * DAY_S),
  command: age(3_600),
  config: age(3_600),
  firmware: age(3_600),
}
/** Classes that a profile may name. */
export const MAX_CLASSES = 256

export const FIELDS: Fields = {
  freshness: {
    telemetry: age(7 * DAY_S),
    event: age(7 * DAY_S),
    command: age(3_600),
    config: age(3_600),
    firmware: age(3_600),
    presentation: age(DAY_S),
    futureSkew: age(3_600),
  },
  positions: {
    maxEpochJump: count(1, 65_536, "epochs", "up"),
    maxSequenceJump: count(1, 1_000_000_000, "messages", "up"),
    presentationsPerMinute: { ...count(1, 600, "presentations", "up"), optional: true },
    silentMs: { ...count(1_000, 31 * DAY_MS, "ms", "down"), optional: true },
  },
  detectors: {
    learnMessages: count(2, 255, "messages", "none"),
    floodPerSecond: part(0.001, 10_000, "messages per second", "up"),
    floodBurst: count(1, 1_000_000, "messages", "up"),
    rateFactor: part(1, 1_000, "x the learned rate", "up"),
    rateFloorPerSecond: part(0.001, 10_000, "messages per second", "up"),
    rateBurst: count(1, 1_000_000, "messages", "up"),
    silenceFactor: part(1, 10_000, "x the learned gap", "up"),
    silenceFloorMs: count(1_000, 30 * DAY_MS, "ms", "up"),
    reportSurprise: part(1, 1_000, "e-folds", "up"),
    alarmSurprise: part(1, 1_000, "e-folds", "up"),
    rangeUnit: part(0.001, 10, "of the range", "up"),
    rangeGrowth: part(0, 10, "of the range", "up"),
    counterFactor: part(1, 1_000, "x the greatest rate", "up"),
    stuckRun: count(2, 200, "values", "up"),
  },
  containment: {
    forgetting: part(0.5, 0.9999, "kept per message", "none"),
    severity: part(0.1, 1_000, "clean messages", "down"),
    enter: part(0.1, 0.99, "suspicion", "up"),
    leave: part(0.01, 0.98, "suspicion", "up"),
    calming: part(0.1, 0.99, "kept per clean message", "down"),
    persistence: count(1, 1_000, "messages", "up"),
    cleanMessages: count(1, 10_000, "messages", "down"),
    cooldownMs: count(MINUTE_MS, 7 * DAY_MS, "ms", "down"),
    longestCooldownMs: count(MINUTE_MS, 30 * DAY_MS, "ms", "down"),
    strikes: count(1, 100, "strikes", "up"),
    strikeWindowMs: count(MINUTE_MS, 30 * DAY_MS, "ms", "down"),
    breakerDevices: count(1, 100_000, "devices", "down"),
    breakerShare: part(0, 1, "of the admitted devices", "down"),
    breakerWindowMs: count(MINUTE_MS, DAY_MS, "ms", "up"),
    staleMs: count(60 * MINUTE_MS, 400 * DAY_MS, "ms", "up"),
    rejudgeNoticeMs: { ...count(1_000, DAY_MS, "ms", "down"), optional: true },
    rejudgePerHour: { ...count(1, 1_000, "commands", "up"), optional: true },
  },
}
