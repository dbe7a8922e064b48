/** The records of the streams: their types, and the functions that write and read them. */
export { decodeAssayed, encodeAssayed } from "./generated/assayed-message.ts"
export { decodeAudit, encodeAudit } from "./generated/audit-event.ts"
export { decodeCheckpoint, encodeCheckpoint } from "./generated/checkpoint.ts"
export { decodeEntry, encodeEntry } from "./generated/entry.ts"
export { decodeKnowledge, encodeKnowledge } from "./generated/knowledge-item.ts"
export { decodeLeaf, encodeLeaf } from "./generated/leaf.ts"
export { decodePassport, encodePassport } from "./generated/passport.ts"
export { decodeQualityRow, encodeQualityRow } from "./generated/quality-row.ts"
export { decodeReadingRow, encodeReadingRow } from "./generated/reading-row.ts"
export { decodeRejected, encodeRejected } from "./generated/rejected-record.ts"
export { decodeStatement, encodeStatement } from "./generated/statement.ts"
export type {
  Checkpoint,
  Entry as WireEntry,
  EntryBody,
  IssuedPassport,
  KnowledgeItem,
  Leaf,
  QualityRow,
  ReadingRow,
  RejectedRecord,
  Statement,
} from "./generated/types.ts"
export { appendDecision, appendVerdict } from "./hop.ts"
export { boundSchema, useEmbeddedIds } from "./ids/bound.ts"
export { SCHEMA_IDS, type SchemaName } from "./ids/embedded.ts"
export { schemaOf } from "./load.ts"
export { originOf } from "./origin.ts"
export { readable } from "./readable.ts"
export { SchemaRegistryError } from "./registry/error.ts"
export type { RegistrySettings } from "./registry/settings.ts"
export { WireError, type WireErrorCode } from "./wire/error.ts"
export { HEADER_BYTES, withSchemaId } from "./wire/header.ts"
