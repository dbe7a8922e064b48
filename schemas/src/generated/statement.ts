// Generated from schemas/avsc/statement.avsc by `npm run schemas:generate`. Do not edit.
import type { AuditKind } from "@assay/trust"
import { SCHEMA_IDS } from "../ids/embedded.ts"
import { type Reader, readString, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readOrigin, writeOrigin } from "./origin.ts"
import type { Statement } from "./types.ts"

const ID = SCHEMA_IDS["statement"]

const writeStatement = (to: Writer, value: Statement): void => {
  to.string(value.kind)
  writeOrigin(to, value.origin)
  to.int(value.index)
  to.long(value.time)
  to.optionalString(value.outcome)
  to.optionalString(value.decided)
  if (value.supersedes === null) to.tag(0)
  else {
    to.tag(1)
    writeOrigin(to, value.supersedes)
  }
  to.strings(value.reasons)
  to.optionalString(value.from)
  to.optionalString(value.to)
  to.long(value.count)
  to.optionalString(value.root)
  if (value.record === null) to.tag(0)
  else {
    to.tag(1)
    to.bytes(value.record)
  }
}

const readStatement = (from: Reader): Statement => ({
  kind: from.word() as AuditKind,
  origin: readOrigin(from),
  index: from.int(),
  time: from.long(),
  outcome: from.optionalString(),
  decided: from.optionalString(),
  supersedes: from.tag(2) === 0 ? null : readOrigin(from),
  reasons: from.array(readString),
  from: from.optionalString(),
  to: from.optionalString(),
  count: from.long(),
  root: from.optionalString(),
  record: from.tag(2) === 0 ? null : from.bytes(),
})

/**
 * What of an audit event says nothing of whose device it was: it stays provable after the device was erased. Leaves
 * commit to it with its header, so the same event always gives the same bytes; its words are strings, so that a set
 * that grows changes nothing.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeStatement = (value: Statement): Uint8Array => {
  writer.begin(ID)
  writeStatement(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeStatement = (record: Uint8Array): Statement => {
  reader.begin(record, ID)
  const value = readStatement(reader)
  reader.finish()
  return value
}
