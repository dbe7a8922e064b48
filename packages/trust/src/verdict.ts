/** Verdicts, decisions and the words they use (DESIGN section 1). */
import type { Origin } from "./message.ts"
import type { ReasonCode } from "./reasons.ts"

export const STAGES = ["identity", "credential", "integrity", "segmentation", "anomaly"] as const
/** The five layers of trust, in order. Services bear the long names (`identity-resolver`, ...). */
export type StageName = (typeof STAGES)[number]

export const SERVICE_NAMES = {
  identity: "identity-resolver",
  credential: "credential-checker",
  integrity: "integrity-hasher",
  segmentation: "segmentation-enforcer",
  anomaly: "anomaly-quarantine",
} as const satisfies Record<StageName, string>

export const ASSURANCES = ["none", "claimed", "software", "hardware"] as const
/** How well a fact about a device is founded; ordered, weakest first. */
export type Assurance = (typeof ASSURANCES)[number]

export const TRUST_STATES = ["learning", "trusted", "watched", "quarantined", "probation", "revoked", "stale"] as const
export type TrustState = (typeof TRUST_STATES)[number]

export const OUTCOMES = ["verified", "annotated", "quarantined", "rejected"] as const
export type Outcome = (typeof OUTCOMES)[number]

/** What segmentation asks of the decider, which alone knows the device's trust. */
export interface Obligation {
  readonly kind: "minTrust" | "minAssurance"
  /** A trust level 0..100 (reputation in percent) for `minTrust`; the index in ASSURANCES for `minAssurance`. */
  readonly value: number
  /** Who demands it, for example the conduit's id. */
  readonly source: string
}

/** One stage's judgement of one message. `outcome` is the worst severity of `reasons`; no reason means `pass`. */
export interface Verdict {
  readonly outcome: "pass" | "warn" | "fail"
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Reasons found in observe mode: recorded, without effect on the decision. */
  readonly observed: ReadonlyArray<ReasonCode>
  readonly obligations: ReadonlyArray<Obligation>
  /** Hashes (hex SHA-256) of the knowledge items this verdict relied on. */
  readonly knowledge: ReadonlyArray<string>
  readonly assurance: Assurance
  /** The stage's `logicVersion`. */
  readonly logic: number
  /** Facts for people and for explain, as JSON text, or null: expected and found values. Never read by code. */
  readonly detail: string | null
}

/** The outcome of one message. */
export interface Decision {
  readonly outcome: Outcome
  /** All reasons that led here, worst first. */
  readonly reasons: ReadonlyArray<ReasonCode>
  /** The trust state before this message; null where the message never was authenticated. */
  readonly trust: TrustState | null
  /** Reputation 0..1 before this message; null where not authenticated. */
  readonly reputation: number | null
  /** `original`, or a later decision on the same origin. */
  readonly kind: "original" | "released" | "revoked"
  readonly supersedes: Origin | null
}
