// Made from schemas/avsc by `npm run schemas:generate`. Do not edit.
import type { AuditKind, MessageType, ReasonCode } from "@assay/trust"

export type Action = "telemetry" | "event" | "command" | "config" | "firmware"

export type ActivatedItem = "bundle" | "policy"

/** From here on the knowledge item with this hash is in force. */
export interface Activation {
  readonly item: ActivatedItem
  /** Hex SHA-256 of the stored body. */
  readonly hash: string
}

export interface Admission {
  /** Its DID. */
  readonly device: string
}

export type Algorithm = "Ed25519" | "ES256"

/** A message with all that is known of it; complete on the verified, annotated and quarantined streams. */
export interface AssayedMessage {
  readonly origin: Origin
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  /** The record's key as submitted. */
  readonly key: string
  readonly envelope: Envelope
  readonly claims: Claims | null
  readonly readings: ReadonlyArray<Reading>
  /** Null until credential-checker found an accepted credential in force. */
  readonly subject: Subject | null
  readonly verdicts: Verdicts
  readonly decision: Decision | null
}

/** Weakest first. */
export type Assurance = "none" | "claimed" | "software" | "hardware"

/** One record of audit.events; the body of a leaf. Members that a kind does not use are null or empty. */
export interface AuditEvent {
  readonly kind: AuditKind
  readonly origin: Origin
  /** Nth event of the same origin, from 0. */
  readonly index: number
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  readonly device: string | null
  readonly digest: string | null
  readonly decision: Decision | null
  readonly verdicts: ReadonlyArray<RecordedVerdict>
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly from: TrustState | null
  readonly to: TrustState | null
  readonly evidence: ReadonlyArray<Uint8Array>
  readonly count: number
  readonly root: string | null
  readonly detail: string | null
}

/** One signed tree head of the transparency log, on audit.checkpoints. */
export interface Checkpoint {
  /** The log's origin line. */
  readonly log: string
  /** Leaves. */
  readonly size: number
  /** RFC 6962 root, 32 bytes. */
  readonly root: Uint8Array
  /** Milliseconds since 1970: time of the newest sealed event. */
  readonly time: number
  /** The signed note (C2SP tlog-checkpoint), text as published. */
  readonly note: string
}

/** Header and payload of the verified JWS, extracted once. */
export interface Claims {
  readonly typ: MessageType
  readonly alg: Algorithm
  readonly kid: string
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970 by the device's clock. */
  readonly iat: number
  readonly act: Action | null
  readonly epo: number
  readonly seq: number
  /** base64url SHA-256 of the previous message's signing input. */
  readonly prv: string | null
  readonly fw: FirmwareClaim | null
  /** JSON text. */
  readonly body: string | null
  /** Compact vc+jwt. */
  readonly credentials: ReadonlyArray<string>
  /** base64url SHA-256 of the signing input. */
  readonly digest: string
}

/** An operator's command, as one compact JWS for each signer. */
export interface Control {
  readonly tokens: ReadonlyArray<string>
}

/** The outcome of one message. */
export interface Decision {
  readonly outcome: Outcome
  /** Worst first. */
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly trust: TrustState | null
  readonly reputation: number | null
  readonly kind: DecisionKind
  readonly supersedes: Origin | null
}

export type DecisionKind = "original" | "released" | "revoked"

/** One entry of the total order: telemetry.submitted and the streams between the stages. */
export interface Entry {
  /** Null on submitted, where the record itself says it. */
  readonly origin: Origin | null
  /** Null on submitted; then milliseconds since 1970, by the log. */
  readonly time: number | null
  readonly body: Submitted | Message | Control | Activation | Admission | Tick
}

/** A message as received: untouched bytes and the facts of its transport, set by ingress only. */
export interface Envelope {
  /** Exactly the bytes that came in. */
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly binding: string
  readonly originator: string | null
  readonly principal: string | null
}

/** Firmware as the device claims it. */
export interface FirmwareClaim {
  readonly vendor: string
  readonly class: string
  /** Lower-case hex SHA-256. */
  readonly digest: string
  readonly version: string
  readonly svn: number
}

/** A body of knowledge.items, kept under its hash. */
export interface KnowledgeItem {
  /** Hex SHA-256 of `body`. */
  readonly hash: string
  /** bundle, policy, document, unavailable: grows, so no enum. */
  readonly kind: string
  /** What it is about, for example a DID; empty for bundle and policy. */
  readonly name: string
  /** 0 where the kind has none. */
  readonly version: number
  readonly mediaType: string
  /** As signed: the DSSE envelope, untouched. */
  readonly body: Uint8Array
}

/** Leaf v1 of the transparency log: holds no personal data, so that event and device key can be erased while proofs survive. */
export interface Leaf {
  readonly origin: Origin
  /** Nth event of the same origin, from 0. */
  readonly index: number
  readonly kind: AuditKind
  /** Stands for the device; empty where the event concerns none. */
  readonly pseudonym: Uint8Array
  /** SHA-256(salt || encoded event). */
  readonly commitment: Uint8Array
}

export interface Message {
  readonly message: AssayedMessage
}

/** What segmentation asks of the decider. */
export interface Obligation {
  readonly kind: ObligationKind
  readonly value: number
  readonly source: string
}

export type ObligationKind = "minTrust" | "minAssurance"

/** The message's id everywhere: where its submitted record stands. */
export interface Origin {
  readonly epoch: number
  readonly partition: number
  readonly offset: number
}

export type Outcome = "verified" | "annotated" | "quarantined" | "rejected"

/** One measured value of a resolved SenML pack (RFC 8428 section 4.6). */
export interface Reading {
  readonly name: string
  readonly unit: string | null
  readonly value: number | null
  readonly text: string | null
  readonly flag: boolean | null
  /** Seconds since 1970. */
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

/** A submitted record that never was authenticated, untouched, with the reason. */
export interface RejectedRecord {
  readonly origin: Origin
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  readonly key: Uint8Array
  /** The whole value, or its head where it was over the cap. */
  readonly value: Uint8Array
  /** Bytes of the whole value. */
  readonly size: number
  /** Hex SHA-256 of the whole value where only its head is kept. */
  readonly hash: string | null
  readonly reasons: ReadonlyArray<ReasonCode>
  /** JSON text for people. */
  readonly detail: string | null
}

/** A verdict's outcome. */
export type SeverityOutcome = "pass" | "warn" | "fail"

export type StageName = "identity" | "credential" | "integrity" | "segmentation" | "anomaly"

/** What the accepted credential says of the device. */
export interface Subject {
  readonly vendor: string
  readonly class: string
  /** As attested, and capped by what the issuer may attest. */
  readonly assurance: Assurance
}

export interface Submitted {
  readonly envelope: Envelope
}

export interface Tick {
}

export type TrustState = "learning" | "trusted" | "watched" | "quarantined" | "probation" | "revoked" | "stale"

/** One stage's judgement of one message. */
export interface Verdict {
  readonly outcome: SeverityOutcome
  readonly reasons: ReadonlyArray<ReasonCode>
  readonly observed: ReadonlyArray<ReasonCode>
  readonly obligations: ReadonlyArray<Obligation>
  /** Hex SHA-256 of the items relied on. */
  readonly knowledge: ReadonlyArray<string>
  readonly assurance: Assurance
  readonly logic: number
  /** JSON text for people. */
  readonly detail: string | null
}

/** One verdict per stage that has judged the message so far. */
export interface Verdicts {
  readonly identity: Verdict | null
  readonly credential: Verdict | null
  readonly integrity: Verdict | null
  readonly segmentation: Verdict | null
  readonly anomaly: Verdict | null
}
