// Generated from schemas/avsc by `npm run schemas:generate`. Do not edit.
import type { AssayedMessage, AuditKind, Envelope, Origin, ReasonCode, StageName, TrustState } from "@assay/trust"

/** From here on the knowledge item with this hash is in force. */
export interface Activation {
  readonly kind: "activation"
  /** The kind of knowledge: grows, so no enum. */
  readonly item: string
  /** Hex SHA-256 of the signed body. */
  readonly hash: string
  /** The signed body itself. An activation without is refused: what else is kept must not decide. */
  readonly body: Uint8Array | null
}

/** The device is admitted from here on. */
export interface Admission {
  readonly kind: "admission"
  /** Its DID. */
  readonly device: string
  /** An admission without is refused. */
  readonly proof: AdmissionProof | null
}

/** The presentation that earned an admission. */
export interface AdmissionProof {
  /** Where it lies on submitted. */
  readonly origin: Origin
  /** The JWS as it was received. */
  readonly bytes: Uint8Array
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

/** An operator's command, as one compact JWS (`m2m-control+jwt`) for each signer, unchecked. */
export interface Control {
  readonly kind: "control"
  readonly tokens: ReadonlyArray<string>
}

export type EntryBody = Submitted | Message | Control | Activation | Admission | Tick

/**
 * One entry of the total order: telemetry.submitted and the streams between the stages. A reader of submitted must
 * refuse the body Message there: its verdicts could be anybody's.
 */
export interface Entry {
  /** Null on submitted, where the record itself says it. */
  readonly origin: Origin | null
  /** Null on submitted; then milliseconds since 1970, by the log. */
  readonly time: number | null
  readonly body: EntryBody
}

/** One record of trust.passports: a passport as it was issued, for its device. */
export interface IssuedPassport {
  /** The device's DID. */
  readonly device: string
  /** `jti`: base64url of 8 bytes. By it a revocation snapshot names the passport. */
  readonly serial: string
  readonly zone: string
  readonly issued: number
  readonly expires: number
  /**
   * The next offset of audit.events that the issuer had not read: a loss of trust at or after it revokes this passport.
   */
  readonly audit: number
  /** The passport as JWT. */
  readonly jwt: string
  /** The same as CWT; null where it does not fit into 600 bytes. */
  readonly cwt: Uint8Array | null
}

/** A body of knowledge.items, kept under its hash. Whether the body has the hash is the reader's to check. */
export interface KnowledgeItem {
  /** Hex SHA-256 of `body`. */
  readonly hash: string
  /** The kind of knowledge (bundle, policy, profile): grows, so no enum. */
  readonly kind: string
  /** What it is about, for example a DID; empty for kinds of one item. */
  readonly name: string
  /** 0 where the kind has none. */
  readonly version: number
  readonly mediaType: string
  /** As signed: the DSSE envelope, untouched. */
  readonly body: Uint8Array
}

/**
 * Leaf v2 of the transparency log: holds no personal data, so that event and device key can be erased while proofs
 * survive. The log hashes it with its header, so the same event always gives the same bytes.
 */
export interface Leaf {
  readonly origin: Origin
  /** Nth event of the same origin, from 0. */
  readonly index: number
  readonly kind: AuditKind
  /** Stands for the device; empty where the event concerns none. */
  readonly pseudonym: Uint8Array
  /** SHA-256(salt || encoded event). */
  readonly commitment: Uint8Array
  /**
   * SHA-256(salt of the statement || encoded Statement): what stays provable once the device is erased. Empty where the
   * event concerns none.
   */
  readonly statement: Uint8Array
}

/** A message on its way between two stages. */
export interface Message {
  readonly kind: "message"
  readonly message: AssayedMessage
}

export const QUALITY_OUTCOMES = ["verified", "annotated", "quarantined"] as const
export type QualityOutcome = (typeof QUALITY_OUTCOMES)[number]

/**
 * What of the messages of one minute, class, zone and outcome one commit saw (readings.quality). Rows add up: counts
 * and sums by addition, maxima by the greatest.
 */
export interface QualityRow {
  /** Of this row: 1. */
  readonly schemaVersion: number
  /** Milliseconds since 1970: the minute, by the log, in which the messages came in. */
  readonly minute: number
  readonly partition: number
  readonly vendor: string | null
  readonly class: string | null
  readonly zone: string | null
  readonly outcome: QualityOutcome
  /** The offset of the outcome's decided stream up to which, without it, rows are made with this commit. */
  readonly next: number
  /** Decided messages; a released one counts where it is issued, and once more where it was held. */
  readonly messages: number
  /** Those of them that were held at first. */
  readonly released: number
  readonly readings: number
  /** Messages whose predecessors in the device's chain never arrived. */
  readonly gaps: number
  /** Messages with a predecessor in the device's chain that had not arrived yet. */
  readonly pending: number
  /** Messages whose chain is broken: something was altered or left out. */
  readonly broken: number
  /** From the device's iat to the log, milliseconds, summed; a device whose clock is ahead counts as 0. */
  readonly delayMsSum: number
  /** The greatest of them. */
  readonly delayMsMax: number
}

/**
 * One reading of a decided message as one flat row, for data platforms (readings.verified, readings.annotated). Its key
 * is originEpoch, originPartition, originOffset and position: no row is ever issued again under it. At most one of
 * value, text, flag and data is not null; none where the device sent a sum alone.
 */
export interface ReadingRow {
  /** Of this row: 1. */
  readonly schemaVersion: number
  readonly outcome: RowOutcome
  readonly kind: RowKind
  /** Its DID. */
  readonly device: string
  /** By the accepted credential; null where none was in force. */
  readonly vendor: string | null
  /** By the accepted credential; null where none was in force. */
  readonly class: string | null
  /** By the segmentation policy; null where it assigns none. */
  readonly zone: string | null
  /** What was measured, with the pack's base name (RFC 8428). */
  readonly name: string
  readonly unit: string | null
  readonly value: number | null
  readonly text: string | null
  readonly flag: boolean | null
  readonly data: Uint8Array | null
  /** Microseconds since 1970 by the device's clock; null where they are beyond 2^53. */
  readonly measuredAt: number | null
  /** Milliseconds since 1970 by the log: when the message came in. It never runs backwards within a partition. */
  readonly ingestedAt: number
  /** Of the device before this message. */
  readonly trust: TrustState | null
  /** Of the device before this message, 0 to 1. */
  readonly reputation: number | null
  /** With partition and offset the message's id, which assay prove takes. */
  readonly originEpoch: number
  readonly originPartition: number
  readonly originOffset: number
  /** The reading's place in its message, from 0. */
  readonly position: number
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
  /** A sentence for people: what was wrong and what to change. */
  readonly detail: string | null
  /** Who kept it. */
  readonly stage: StageName
  /** The first record that was kept with it: the audit event of that batch vouches for all of them. */
  readonly batch: Origin
  /** The authenticated principal that submitted it, or null. */
  readonly principal: string | null
  /** Whether the issuer that it names signed it: else anybody made it, or it was changed on its way. */
  readonly signed: boolean
}

export const ROW_KINDS = ["original", "released"] as const
/** `original`, or `released`: held at first, and issued later. */
export type RowKind = (typeof ROW_KINDS)[number]

export const ROW_OUTCOMES = ["verified", "annotated"] as const
/** What was decided of the message: `verified` is proven, `annotated` is to be used with care. */
export type RowOutcome = (typeof ROW_OUTCOMES)[number]

/**
 * What of an audit event says nothing of whose device it was: it stays provable after the device was erased. Leaves
 * commit to it with its header, so the same event always gives the same bytes; its words are strings, so that a set
 * that grows changes nothing.
 */
export interface Statement {
  readonly kind: AuditKind
  readonly origin: Origin
  /** As in the event. */
  readonly index: number
  /** Milliseconds since 1970, by the log. */
  readonly time: number
  /** Of the decision, or null. */
  readonly outcome: string | null
  /** The decision's kind, or null. */
  readonly decided: string | null
  readonly supersedes: Origin | null
  /** Of the decision, else of the event. */
  readonly reasons: ReadonlyArray<string>
  readonly from: string | null
  readonly to: string | null
  readonly count: number
  readonly root: string | null
  /** As in the event. */
  readonly record: Uint8Array | null
}

/** A message as ingress received it. */
export interface Submitted {
  readonly kind: "submitted"
  readonly envelope: Envelope
}

/** Only time passes. */
export interface Tick {
  readonly kind: "tick"
}
