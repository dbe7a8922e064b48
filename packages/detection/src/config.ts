/** Every threshold, with the default that the honest-series test was tuned on. Times in milliseconds. */
export interface DetectionConfig {
  /** Clean messages that make a learning or stale device trusted; also samples before a measurement is judged. */
  readonly learnMessages: number
  /** Measurements watched per device: the first this many names it sends. Further ones are not watched. */
  readonly maxMeasurements: number
  /** Readings looked at per message. */
  readonly maxReadings: number

  /** Absolute ceiling of one device: messages per second of log time, and how many may come at once. */
  readonly floodPerSecond: number
  readonly floodBurst: number
  /** Relative ceiling: this many times its learned rate, but never below the floor; and how many may come at once. */
  readonly rateFactor: number
  readonly rateFloorPerSecond: number
  readonly rateBurst: number
  /** A gap is silence beyond this many learned gaps, but never below the floor. */
  readonly silenceFactor: number
  readonly silenceFloorMs: number

  /** Thresholds in units of the measurement's typical step. */
  readonly shiftSteps: number
  readonly noveltySteps: number
  readonly driftSteps: number
  /** Drift of the slow mean that the CUSUM forgives per sample, and the sum at which it alarms. */
  readonly cusumSlack: number
  readonly cusumLimit: number
  /** Samples until the anchor is frozen, and the steps per sample that it may still follow afterwards (drift budget). */
  readonly anchorSamples: number
  readonly driftBudget: number
  /** Equal values in a row that are always allowed; twice the longest run learned, plus 4, is allowed too. */
  readonly stuckRun: number

  /** Forgetting per message, 0..1, and how many clean messages one reason of weight 1 outweighs. */
  readonly forgetting: number
  readonly severity: number

  /** Suspicion at which a family counts as alarmed, and below which it counts as calm. */
  readonly enter: number
  readonly leave: number
  /** What suspicion keeps after a clean message. */
  readonly calming: number
  /** Messages in a row with two families alarmed before a statistical quarantine. */
  readonly persistence: number
  /** Clean messages in a row that end `watched` and `probation`. */
  readonly cleanMessages: number
  /** First cooldown of a statistical quarantine; doubles with every repeat up to the longest. */
  readonly cooldownMs: number
  readonly longestCooldownMs: number
  /** Silence after which trust lapses. */
  readonly staleMs: number
  /** Strikes within the window that quarantine. */
  readonly strikes: number
  readonly strikeWindowMs: number

  /** Quarantines under the storm breaker per window: this many, or this part of the admitted devices if that is more. */
  readonly breakerDevices: number
  readonly breakerShare: number
  readonly breakerWindowMs: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export const DETECTION_DEFAULTS: DetectionConfig = {
  learnMessages: 8,
  maxMeasurements: 4,
  maxReadings: 256,
  floodPerSecond: 50,
  floodBurst: 200,
  rateFactor: 10,
  rateFloorPerSecond: 20,
  rateBurst: 60,
  silenceFactor: 20,
  silenceFloorMs: HOUR,
  shiftSteps: 18,
  noveltySteps: 14,
  driftSteps: 28,
  cusumSlack: 14,
  cusumLimit: 200,
  anchorSamples: 32,
  driftBudget: 0.02,
  stuckRun: 12,
  forgetting: 0.98,
  severity: 10,
  enter: 0.9,
  leave: 0.5,
  calming: 0.85,
  persistence: 8,
  cleanMessages: 16,
  cooldownMs: 10 * MINUTE,
  longestCooldownMs: DAY,
  staleMs: 7 * DAY,
  strikes: 3,
  strikeWindowMs: HOUR,
  breakerDevices: 5,
  breakerShare: 0.01,
  breakerWindowMs: 10 * MINUTE,
}
