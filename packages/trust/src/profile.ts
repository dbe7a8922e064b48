/**
 * The limits by which messages and devices are judged: how old a message may be, when a detector alarms, and how a device
 * is contained. They are knowledge: a signed item of the kind `profile` replaces the defaults below. What bounds memory is
 * no part of it and stays a setting of the code.
 */
import type { Active, Knowledge } from "./knowledge.ts"
import type { Action } from "./message.ts"

/** How old or early a message may be, in seconds by the log against its signed `iat`. */
interface Freshness extends Readonly<Record<Action, number>> {
  readonly presentation: number
  /** How far a device's clock may be ahead of the log's. */
  readonly futureSkew: number
}

/** Of one class of devices: how old its messages may be, in seconds, where that differs from `freshness`. */
export type ClassAges = Readonly<Partial<Record<Action, number>>>

/** The kinds of measurements that can be declared; whether a gauge is coarse is learned in any case. */
export const DECLARED_KINDS = ["gauge", "counter", "state", "constant"] as const
export type DeclaredKind = (typeof DECLARED_KINDS)[number]

/** What the roots say of a measurement, so that it need not be learned. The first that matches counts. */
export interface MeasurementDeclaration {
  /** As credentials name them; null: any. */
  readonly vendor: string | null
  readonly class: string | null
  /** A resolved SenML name; `*` at its end stands for any rest, at its beginning for any base name. */
  readonly name: string
  /** Each null where nothing is declared of it. */
  readonly kind: DeclaredKind | null
  /** Seconds from one value to the next. */
  readonly period: number | null
  /** Inclusive. */
  readonly min: number | null
  readonly max: number | null
}

/** What a device may do in its own sequence, and how often it may show its credentials. */
interface Positions {
  /** Boot epochs, and messages, beyond which a jump is named as one. No jump is held against a device. */
  readonly maxEpochJump: number
  readonly maxSequenceJump: number
  /** Presentations of one device that are accepted at once, and then a minute. A boot needs one. */
  readonly presentationsPerMinute: number
  /**
   * A message that jumps without naming one that is held is contested. It counts again when what the device was before is
   * silent for so long (milliseconds), or for twice its longest gap of late where that is more.
   */
  readonly silentMs: number
}

/** When a detector alarms. Times in milliseconds. */
export interface DetectorRules {
  /** Clean messages that make a learning or stale device trusted; also samples before a measurement is judged. */
  readonly learnMessages: number
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
  /** Surprise of one reading beyond which it is reported, in e-folds: the probability of what comes by chance falls by e with each. */
  readonly reportSurprise: number
  /** And beyond which it raises suspicion besides. */
  readonly alarmSurprise: number
  /** The part of the learned range outside of it that is one e-fold of surprise. */
  readonly rangeUnit: number
  /** How fast a learned range may widen: by this many parts of itself per sample, divided by the samples learned. */
  readonly rangeGrowth: number
  /** A counter alarms beyond this many times its greatest rate. */
  readonly counterFactor: number
  /** Equal values in a row that are always allowed; twice the longest run learned, plus 4, is allowed too. */
  readonly stuckRun: number
}

/** What alarms and evidence do to a device. Times in milliseconds. */
export interface ContainmentRules {
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
  /** Strikes within the window that quarantine. */
  readonly strikes: number
  readonly strikeWindowMs: number
  /** Quarantines under the quarantine breaker per window: this many, or this part of the admitted devices if that is more. */
  readonly breakerDevices: number
  readonly breakerShare: number
  readonly breakerWindowMs: number
  /** Silence after which trust lapses; a device that reports more seldom has three of its own gaps. */
  readonly staleMs: number
  /** From the announcement of a rejudgement to the first that takes effect, and how many take effect in an hour. */
  readonly rejudgeNoticeMs: number
  readonly rejudgePerHour: number
}

export interface ProfileRules {
  readonly freshness: Freshness
  readonly positions: Positions
  readonly detectors: DetectorRules
  readonly containment: ContainmentRules
}

/** Signed by a threshold of roots. Times of the item itself in milliseconds since 1970. */
export interface Profile extends ProfileRules {
  /** By the class that credentials name. */
  readonly classes?: Readonly<Record<string, ClassAges>>
  readonly measurements?: ReadonlyArray<MeasurementDeclaration>
  /**
   * Classes whose devices may lose their position: a counter in memory alone, a boot for each message. What would prove a copy of
   * another device is only contested of these.
   */
  readonly volatile?: ReadonlyArray<string>
  /** Classes whose claimed devices are attested by their own hardware: evidence that is affirmed says it, in place of an operator. */
  readonly attest?: ReadonlyArray<string>
  readonly version: number
  readonly issued: number
  readonly expires: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What holds while no profile is in force. The detectors' values are those that the honest-series test was tuned on. */
export const DEFAULT_RULES: ProfileRules = {
  // Acts that move machines must be fresh; measurements may have been buffered.
  freshness: { telemetry: 3600, event: 600, command: 30, config: 30, firmware: 30, presentation: 600, futureSkew: 60 },
  positions: { maxEpochJump: 64, maxSequenceJump: 100_000, presentationsPerMinute: 12, silentMs: MINUTE },
  detectors: {
    learnMessages: 8,
    floodPerSecond: 50,
    floodBurst: 200,
    rateFactor: 10,
    rateFloorPerSecond: 20,
    rateBurst: 60,
    silenceFactor: 20,
    silenceFloorMs: HOUR,
    reportSurprise: 11,
    alarmSurprise: 12,
    rangeUnit: 0.045,
    rangeGrowth: 1.5,
    counterFactor: 8,
    stuckRun: 12,
  },
  containment: {
    forgetting: 0.98,
    severity: 10,
    enter: 0.9,
    leave: 0.5,
    calming: 0.85,
    persistence: 8,
    cleanMessages: 16,
    cooldownMs: 10 * MINUTE,
    longestCooldownMs: DAY,
    strikes: 3,
    strikeWindowMs: HOUR,
    breakerDevices: 5,
    breakerShare: 0.01,
    breakerWindowMs: 10 * MINUTE,
    staleMs: 7 * DAY,
    rejudgeNoticeMs: 10 * MINUTE,
    rejudgePerHour: 16,
  },
}

/** What says how old a message may be: a profile, or the defaults, which name no class. */
export type AgeRules = Pick<ProfileRules, "freshness"> & Partial<Pick<Profile, "classes">>

/** How old a message of this act may be, in seconds, whatever its class: the longest age that the profile gives to any. */
export const longestAge = ({ freshness, classes = {} }: AgeRules, act: Action): number =>
  Object.values(classes).reduce((longest, ages) => Math.max(longest, ages[act] ?? 0), freshness[act])

/** How old a message of a device of this class may be, in seconds. */
export const ageOf = ({ freshness, classes = {} }: AgeRules, deviceClass: string, act: Action): number =>
  (Object.hasOwn(classes, deviceClass) ? classes[deviceClass]?.[act] : undefined) ?? freshness[act]

/**
 * Rules as a judge wants them, made once per profile.
 * @param without what holds while no profile is in force
 */
export const byProfile = <Rules>(
  without: Rules,
  compile: (profile: Profile) => Rules,
): ((knowledge: Knowledge) => Rules) => {
  const compiled = new WeakMap<Active<Profile>, Rules>()
  return ({ profile }) => {
    if (profile === null) return without
    let found = compiled.get(profile)
    if (found === undefined) {
      found = compile(profile.body)
      compiled.set(profile, found)
    }
    return found
  }
}
