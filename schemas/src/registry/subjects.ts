/** Which subject of the registry holds which schema, and how it may change. */
import type { SchemaName } from "../ids/embedded.ts"

/** BACKWARD_TRANSITIVE: new readers read all that was ever written. FULL_TRANSITIVE: and old readers all that ever will be. */
export type Compatibility = "BACKWARD_TRANSITIVE" | "FULL_TRANSITIVE"

/** The record on each stream, by the names that `@assay/log` gives the streams. */
export const STREAM_SCHEMAS = {
  submitted: "entry",
  identified: "entry",
  checked: "entry",
  hashed: "entry",
  segmented: "entry",
  verified: "assayed-message",
  annotated: "assayed-message",
  quarantined: "assayed-message",
  revoked: "assayed-message",
  rejected: "rejected-record",
  audit: "audit-event",
  checkpoints: "checkpoint",
  knowledge: "knowledge-item",
  readingsVerified: "reading-row",
  readingsAnnotated: "reading-row",
  readingsQuality: "quality-row",
  passports: "passport",
} as const satisfies Record<string, SchemaName>

export type SubjectStream = keyof typeof STREAM_SCHEMAS

export interface Subject {
  /** The stream as the log calls it, without a prefix: `telemetry.submitted.v1`. */
  readonly stream: string
  /** TopicNameStrategy: `<prefix><stream>-value`, which every consumer of the topic looks up. */
  readonly subject: string
  readonly schema: SchemaName
  readonly compatibility: Compatibility
}

/** The audit record is read for ever, by auditors with whatever version they have. */
const FOR_EVER: ReadonlySet<SubjectStream> = new Set(["audit", "checkpoints"])

/** @param streams `STREAMS` of `@assay/log` @param prefix of the topics, as `plant1.`, or empty */
export const subjectsOf = (streams: Readonly<Record<SubjectStream, string>>, prefix: string): ReadonlyArray<Subject> =>
  (Object.keys(STREAM_SCHEMAS) as ReadonlyArray<SubjectStream>).map((key) => ({
    stream: streams[key],
    subject: `${prefix}${streams[key]}-value`,
    schema: STREAM_SCHEMAS[key],
    compatibility: FOR_EVER.has(key) ? "FULL_TRANSITIVE" : "BACKWARD_TRANSITIVE",
  }))
