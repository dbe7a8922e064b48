/** Every schema with an id beside its codec and avsc's reading of it. */
import type { AssayedMessage, Claims, Verdicts } from "@assay/trust"
import avro from "avsc"
import {
  decodeAssayed,
  decodeAudit,
  decodeCheckpoint,
  decodeEntry,
  decodeKnowledge,
  decodeLeaf,
  decodePassport,
  decodeQualityRow,
  decodeReadingRow,
  decodeRejected,
  decodeStatement,
  type EntryBody,
  encodeAssayed,
  encodeAudit,
  encodeCheckpoint,
  encodeEntry,
  encodeKnowledge,
  encodeLeaf,
  encodePassport,
  encodeQualityRow,
  encodeReadingRow,
  encodeRejected,
  encodeStatement,
  type SchemaName,
  schemaOf,
  type WireEntry,
} from "../src/index.ts"

export interface RecordCase {
  readonly name: SchemaName
  encode(value: unknown): Uint8Array
  decode(record: Uint8Array): unknown
  /** From avsc's shape of the value to ours. */
  ours(value: unknown): unknown
}

const same = (value: unknown): unknown => value

type Wire = Omit<AssayedMessage, "claims"> & Verdicts & { readonly claims: Readonly<Record<string, object>> | null }

const CLAIM_KINDS: Readonly<Record<string, Claims["kind"]>> = {
  "assay.v1.MessageClaims": "message",
  "assay.v1.PresentationClaims": "presentation",
  "assay.v1.EvidenceClaims": "evidence",
}

/** avsc wraps the branches of a union of records by name; we tell them by `kind`. */
const claimsOf = (value: Wire["claims"]): Claims | null => {
  if (value === null) return null
  const [branch, members] = Object.entries(value)[0]!
  return { kind: CLAIM_KINDS[branch], ...members } as Claims
}

/** On the wire the verdicts stand among the members of the message, in the order in which they are made. */
const messageOf = (value: unknown): AssayedMessage => {
  const { identity, credential, integrity, segmentation, anomaly, claims, ...rest } = value as Wire
  return { ...rest, claims: claimsOf(claims), verdicts: { identity, credential, integrity, segmentation, anomaly } }
}

/** avsc wraps the branches of the body's union by name; we tell them by `kind`. */
const entryOf = (value: unknown): WireEntry => {
  const entry = value as { origin: WireEntry["origin"]; time: number | null; body: Record<string, object> }
  const [branch, members] = Object.entries(entry.body)[0]!
  const kind = branch.slice(branch.lastIndexOf(".") + 1).toLowerCase()
  const body = kind === "message" ? { message: messageOf((members as { message: unknown }).message) } : members
  return { origin: entry.origin, time: entry.time, body: { kind, ...body } as EntryBody }
}

const of = (
  name: SchemaName,
  // biome-ignore lint/suspicious/noExplicitAny: the cases differ in their value's type
  encode: (value: any) => Uint8Array,
  decode: (record: Uint8Array) => unknown,
  ours = same,
): RecordCase => ({
  name,
  encode,
  decode,
  ours,
})

export const RECORDS: ReadonlyArray<RecordCase> = [
  of("entry", encodeEntry, decodeEntry, entryOf),
  of("assayed-message", encodeAssayed, decodeAssayed, messageOf),
  of("audit-event", encodeAudit, decodeAudit),
  of("leaf", encodeLeaf, decodeLeaf),
  of("statement", encodeStatement, decodeStatement),
  of("checkpoint", encodeCheckpoint, decodeCheckpoint),
  of("knowledge-item", encodeKnowledge, decodeKnowledge),
  of("rejected-record", encodeRejected, decodeRejected),
  of("reading-row", encodeReadingRow, decodeReadingRow),
  of("quality-row", encodeQualityRow, decodeQualityRow),
  of("passport", encodePassport, decodePassport),
]

export const avroOf = (name: string): avro.Type =>
  avro.Type.forSchema(schemaOf(name) as avro.Schema, { wrapUnions: "auto" })
