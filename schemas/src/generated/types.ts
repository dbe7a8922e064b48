// Generated from schemas/avsc by `npm run schemas:generate`. Do not edit.
import type { AssayedMessage, AuditKind, Envelope, Origin, ReasonCode, StageName } from "@assay/trust"

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
}

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
