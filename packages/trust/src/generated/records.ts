// Generated from schemas/avsc by `npm run schemas:generate`. Do not edit.
import type { ReasonCode } from "../reasons.ts"
import type { AuditKind } from "../words.ts"

export const ACTIONS = ["telemetry", "event", "command", "config", "firmware"] as const
/** What a message does; closed. telemetry carries senml, the others body. */
export type Action = (typeof ACTIONS)[number]

export const ALGORITHMS = ["Ed25519", "ES256"] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** One verdict per stage that has judged the message so far. */
export interface Verdicts {
  /** By identity-resolver. Each verdict is null until its stage has judged. */
  readonly identity: Verdict | null
  /** By credential-checker. */
  readonly credential: Verdict | null
  /** By integrity-hasher. */
  readonly integrity: Verdict | null
  /** By segmentation-enforcer. */
  readonly segmentation: Verdict | null
  /** By anomaly-quarantine. */
  readonly anomaly: Verdict | null
}

/**
 * What the device signed, by kind: alg, kid, iss, aud, iat and digest are in every kind. The set grows: another kind
 * comes at the end of the union.
 */
export type Claims = MessageClaims | PresentationClaims | EvidenceClaims

/**
 * A message with all that is known of it; complete on the verified, annotated and quarantined streams. What never
 * changes after identity-resolver comes first, then what each stage adds in the order of the stages, then the decision.
 */
export interface AssayedMessage {
  readonly origin: Origin
  /** Milliseconds since 1970: max(previous, append time) of the log. The only clock. */
  readonly time: number
  /** The record's key as submitted (must be `iss`), "" where there was none. */
  readonly key: string
  readonly envelope: Envelope
  /** Null until identity-resolver has authenticated the message. */
  readonly claims: Claims | null
  readonly readings: ReadonlyArray<Reading>
  /** Set with the verdict of credential-checker; null where it found no accepted credential in force. */
  readonly subject: Subject | null
  readonly verdicts: Verdicts
  /** Null between the stages. */
  readonly decision: Decision | null
}

export const ASSURANCES = ["none", "claimed", "software", "hardware"] as const
/** How well a fact about a device is founded; ordered, weakest first. */
export type Assurance = (typeof ASSURANCES)[number]

/** One record of audit.events; the body of a leaf. Members that a kind does not use are null or empty. */
export interface AuditEvent {
  readonly kind: AuditKind
  readonly origin: Origin
  /** Nth event of the same origin, from 0. */
  readonly index: number
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  /** The device's DID, or null. */
  readonly device: string | null
  /** base64url SHA-256 of the signing input, for a decision. */
  readonly digest: string | null
  readonly decision: Decision | null
  readonly verdicts: ReadonlyArray<RecordedVerdict>
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly from: TrustState | null
  readonly to: TrustState | null
  /** The signed messages of a proof, as received. */
  readonly evidence: ReadonlyArray<Uint8Array>
  /** For a rejected batch, and for an entry that a stage failed at: how many records are kept. */
  readonly count: number
  /**
   * For a rejected batch, and for an entry that a stage failed at: the RFC 6962 root over the hashes of the kept
   * records.
   */
  readonly root: string | null
  /**
   * For a decision: SHA-256 of the record (its value, header included) that was written to a decided stream with it.
   * Null where none was.
   */
  readonly record: Uint8Array | null
  /** JSON text for people, or null. */
  readonly detail: string | null
}

/** The outcome of one message. */
export interface Decision {
  /**
   * `rejected`: never authenticated. `undecided`: Assay itself failed at it, and a later decision supersedes this one.
   */
  readonly outcome: Outcome
  /** All reasons that led here, worst first. */
  readonly reasons: ReadonlyArray<ReasonCode>
  /** The trust state before this message; null where the message never was authenticated. */
  readonly trust: TrustState | null
  /** Reputation 0..1 before this message; null where not authenticated. */
  readonly reputation: number | null
  /** `original`, or a later decision on the same origin. */
  readonly kind: DecisionKind
  readonly supersedes: Origin | null
}

export const DECISION_KINDS = ["original", "released", "revoked"] as const
export type DecisionKind = (typeof DECISION_KINDS)[number]

/** A message as received: untouched bytes and the facts of its transport, set by ingress only. */
export interface Envelope {
  /** Exactly the bytes that came in; for a JWS, its compact form in ASCII. */
  readonly bytes: Uint8Array
  /** For example `application/jose`; "" where the sender gave none. */
  readonly mediaType: string
  /** How it came: `http`, `cli`, `mqtt`, `onem2m`, `test`. */
  readonly binding: string
  /** The transport's own name for the sender, or null. */
  readonly originator: string | null
  /** The authenticated principal that submitted it, or null. */
  readonly principal: string | null
}

/**
 * What a device says of its hardware: it speaks to Assay itself, stands outside the sequence and flows nowhere. The
 * evidence and the challenge that it answers stay in the signed bytes.
 */
export interface EvidenceClaims {
  readonly kind: "evidence"
  readonly alg: Algorithm
  readonly kid: string
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970 by the device's clock. */
  readonly iat: number
  /** base64url SHA-256 of the signing input. */
  readonly digest: string
  /** The boot epoch that the evidence is about. */
  readonly epo: number
  /** Of the evidence; grows, so no enum. */
  readonly format: string
}

/** Firmware as the device claims it. */
export interface FirmwareClaim {
  readonly vendor: string
  readonly class: string
  /** Lower-case hex SHA-256. */
  readonly digest: string
  readonly version: string
  /** The security version. */
  readonly svn: number
}

/**
 * What a device says about itself and a message of its sequence: header and payload of the verified JWS, extracted
 * once.
 */
export interface MessageClaims {
  readonly kind: "message"
  readonly alg: Algorithm
  readonly kid: string
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970 by the device's clock. */
  readonly iat: number
  /** base64url SHA-256 of the signing input. */
  readonly digest: string
  readonly act: Action
  readonly epo: number
  readonly seq: number
  /** base64url SHA-256 of the previous message's signing input; null for a device's first. */
  readonly prv: string | null
  readonly fw: FirmwareClaim | null
  /** `body` of a non-telemetry act as JSON text; null for telemetry. */
  readonly body: string | null
}

/** What segmentation asks of the decider, which alone knows the device's trust. */
export interface Obligation {
  readonly kind: ObligationKind
  /** A trust level 0..100 (reputation in percent) for `minTrust`; the index in ASSURANCES for `minAssurance`. */
  readonly value: number
  /** Who demands it, for example the conduit's id. */
  readonly source: string
}

export const OBLIGATION_KINDS = ["minTrust", "minAssurance"] as const
export type ObligationKind = (typeof OBLIGATION_KINDS)[number]

/**
 * The message's id everywhere: where its submitted record stands. Garbage found on another stream never stood there: it
 * is kept under a negative offset, -1 minus its place on that stream.
 */
export interface Origin {
  readonly epoch: number
  readonly partition: number
  /** The position in the partition of submitted. */
  readonly offset: number
}

export const OUTCOMES = ["verified", "annotated", "quarantined", "rejected", "undecided"] as const
export type Outcome = (typeof OUTCOMES)[number]

/**
 * What a device says in a presentation: it speaks to Assay itself, carries credentials, stands outside the sequence and
 * flows nowhere.
 */
export interface PresentationClaims {
  readonly kind: "presentation"
  readonly alg: Algorithm
  readonly kid: string
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970 by the device's clock. */
  readonly iat: number
  /** base64url SHA-256 of the signing input. */
  readonly digest: string
  /** The presented credentials (`vc+jwt`), compact; at least one. */
  readonly credentials: ReadonlyArray<string>
}

/**
 * One measured value of a resolved SenML pack (RFC 8428 section 4.6). At most one of the three values is not null; none
 * where the record has data (vd) or only a sum, which stay in the signed bytes.
 */
export interface Reading {
  /** With the pack's base name. */
  readonly name: string
  readonly unit: string | null
  readonly value: number | null
  readonly text: string | null
  readonly flag: boolean | null
  /** Seconds since 1970, as the device gave it; resolved against base time and `iat`. */
  readonly time: number
}

/** A verdict as the audit record keeps it. */
export interface RecordedVerdict {
  readonly stage: StageName
  readonly outcome: SeverityOutcome
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly observed: ReadonlyArray<ReasonCode>
  readonly knowledge: ReadonlyArray<string>
  readonly logic: number
}

export const SEVERITY_OUTCOMES = ["pass", "warn", "fail"] as const
/** A verdict's outcome. */
export type SeverityOutcome = (typeof SEVERITY_OUTCOMES)[number]

export const STAGES = ["identity", "credential", "integrity", "segmentation", "anomaly"] as const
/** The five layers of trust, in order. Services bear the long names (`identity-resolver`, ...). */
export type StageName = (typeof STAGES)[number]

/** What the accepted credential says of the device. Segmentation assigns zones by it. */
export interface Subject {
  readonly vendor: string
  readonly class: string
  /** As attested, and capped by what the issuer may attest. */
  readonly assurance: Assurance
}

export const TRUST_STATES = ["learning", "trusted", "watched", "quarantined", "probation", "revoked", "stale"] as const
/** Where a device stands with us. */
export type TrustState = (typeof TRUST_STATES)[number]

/** One stage's judgement of one message. `outcome` is the worst severity of `reasons`; no reason means `pass`. */
export interface Verdict {
  readonly outcome: SeverityOutcome
  readonly reasons: ReadonlyArray<ReasonCode>
  /** Reasons found in observe mode: recorded, without effect on the decision. */
  readonly observed: ReadonlyArray<ReasonCode>
  readonly obligations: ReadonlyArray<Obligation>
  /** Hashes (hex SHA-256) of the knowledge items this verdict relied on. */
  readonly knowledge: ReadonlyArray<string>
  readonly assurance: Assurance
  /** The stage's `logicVersion`. */
  readonly logic: number
  /**
   * Facts for people and for explain, as JSON text, or null: expected and found values. No decision reads it; what is
   * shown of a device does.
   */
  readonly detail: string | null
}
