/**
 * A message's way through the house: what a device sent, what it says, and what the stages found.
 * Every shape here is mirrored by an Avro schema in `schemas/avsc`; a test compares the two.
 */
import type { Assurance, Decision, Verdict } from "./verdict.ts"

/**
 * The message's id everywhere: where its submitted record stands. `offset` is the position in the partition of `submitted`.
 * Garbage found on another stream never stood there: it is kept under a negative offset, -1 minus its place on that stream.
 */
export interface Origin {
  readonly epoch: number
  readonly partition: number
  readonly offset: number
}

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

export const ACTIONS = ["telemetry", "event", "command", "config", "firmware"] as const
/** What a message does; closed. `telemetry` carries `senml`, the others `body`. */
export type Action = (typeof ACTIONS)[number]

export const MESSAGE_TYPES = ["m2m-message+jwt", "m2m-presentation+jwt"] as const
/** The `typ` of what a device may put into `submitted`. Control messages travel as control entries. */
export type MessageType = (typeof MESSAGE_TYPES)[number]

/** Firmware as the device claims it. `digest` is lower-case hex SHA-256, `svn` the security version. */
export interface FirmwareClaim {
  readonly vendor: string
  readonly class: string
  readonly digest: string
  readonly version: string
  readonly svn: number
}

/** One measured value of a resolved SenML pack (RFC 8428 section 4.6). Exactly one of the three values is not null. */
export interface Reading {
  readonly name: string
  readonly unit: string | null
  readonly value: number | null
  readonly text: string | null
  readonly flag: boolean | null
  /** Seconds since 1970, as the device gave it; resolved against base time and `iat`. */
  readonly time: number
}

/** What the device says about itself and this message: header and payload of the verified JWS, extracted once. */
export interface Claims {
  readonly typ: MessageType
  readonly alg: "Ed25519" | "ES256"
  readonly kid: string
  readonly iss: string
  readonly aud: string
  /** Seconds since 1970 by the device's clock. */
  readonly iat: number
  /** Absent in a presentation, which stands outside the sequence. */
  readonly act: Action | null
  readonly epo: number
  readonly seq: number
  /** base64url SHA-256 of the previous message's signing input; null for a device's first. */
  readonly prv: string | null
  readonly fw: FirmwareClaim | null
  /** `body` of a non-telemetry act as JSON text; null for telemetry. */
  readonly body: string | null
  /** The presented credentials (`vc+jwt`), compact; empty in an ordinary message. */
  readonly credentials: ReadonlyArray<string>
  /** base64url SHA-256 of the signing input. */
  readonly digest: string
}

/** What the accepted credential says of the device. Segmentation assigns zones by it. */
export interface Subject {
  readonly vendor: string
  readonly class: string
  /** As attested, and capped by what the issuer may attest. */
  readonly assurance: Assurance
}

/** One verdict per stage that has judged the message so far. */
export interface Verdicts {
  identity: Verdict | null
  credential: Verdict | null
  integrity: Verdict | null
  segmentation: Verdict | null
  anomaly: Verdict | null
}

/** A message with all that is known of it. The runner fills `verdicts` and `decision`; everything else is read-only. */
export interface AssayedMessage {
  readonly origin: Origin
  /** Milliseconds since 1970: `max(previous, append time)` of the log. The only clock. */
  readonly time: number
  /** The record's key as submitted (must be `iss`), "" where there was none. */
  readonly key: string
  readonly envelope: Envelope
  /** Null until identity-resolver has authenticated the message. */
  claims: Claims | null
  readings: ReadonlyArray<Reading>
  /** Null until credential-checker found an accepted credential in force; set by its judge. */
  subject: Subject | null
  readonly verdicts: Verdicts
  decision: Decision | null
}
