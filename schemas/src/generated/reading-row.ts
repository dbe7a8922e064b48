// Generated from schemas/avsc/reading-row.avsc by `npm run schemas:generate`. Do not edit.
import { TRUST_STATES } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { ROW_KINDS, ROW_OUTCOMES, type ReadingRow } from "./types.ts"

const SCHEMA = boundSchema("reading-row")

const writeReadingRow = (to: Writer, value: ReadingRow): void => {
  to.int(value.schemaVersion)
  to.symbol(ROW_OUTCOMES, value.outcome)
  to.symbol(ROW_KINDS, value.kind)
  to.string(value.device)
  to.optionalString(value.vendor)
  to.optionalString(value.class)
  to.optionalString(value.zone)
  to.string(value.name)
  to.optionalString(value.unit)
  if (value.value === null) to.tag(0)
  else {
    to.tag(1)
    to.double(value.value)
  }
  to.optionalString(value.text)
  if (value.flag === null) to.tag(0)
  else {
    to.tag(1)
    to.boolean(value.flag)
  }
  if (value.data === null) to.tag(0)
  else {
    to.tag(1)
    to.bytes(value.data)
  }
  if (value.measuredAt === null) to.tag(0)
  else {
    to.tag(1)
    to.long(value.measuredAt)
  }
  to.long(value.ingestedAt)
  if (value.trust === null) to.tag(0)
  else {
    to.tag(1)
    to.symbol(TRUST_STATES, value.trust)
  }
  if (value.reputation === null) to.tag(0)
  else {
    to.tag(1)
    to.double(value.reputation)
  }
  to.int(value.originEpoch)
  to.int(value.originPartition)
  to.long(value.originOffset)
  to.int(value.position)
}

const readReadingRow = (from: Reader): ReadingRow => ({
  schemaVersion: from.int(),
  outcome: from.symbol(ROW_OUTCOMES),
  kind: from.symbol(ROW_KINDS),
  device: from.word(),
  vendor: from.optionalWord(),
  class: from.optionalWord(),
  zone: from.optionalWord(),
  name: from.word(),
  unit: from.optionalWord(),
  value: from.tag(2) === 0 ? null : from.double(),
  text: from.optionalString(),
  flag: from.tag(2) === 0 ? null : from.boolean(),
  data: from.tag(2) === 0 ? null : from.bytes(),
  measuredAt: from.tag(2) === 0 ? null : from.long(),
  ingestedAt: from.long(),
  trust: from.tag(2) === 0 ? null : from.symbol(TRUST_STATES),
  reputation: from.tag(2) === 0 ? null : from.double(),
  originEpoch: from.int(),
  originPartition: from.int(),
  originOffset: from.long(),
  position: from.int(),
})

/**
 * One reading of a decided message as one flat row, for data platforms (readings.verified, readings.annotated). Its key
 * is originEpoch, originPartition, originOffset and position: no row is ever issued again under it. At most one of
 * value, text, flag and data is not null; none where the device sent a sum alone.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeReadingRow = (value: ReadingRow): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeReadingRow(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeReadingRow = (record: Uint8Array): ReadingRow => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readReadingRow(reader)
  reader.finish()
  return value
}
