// Generated from schemas/avsc/quality-row.avsc by `npm run schemas:generate`. Do not edit.
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { QUALITY_OUTCOMES, type QualityRow } from "./types.ts"

const SCHEMA = boundSchema("quality-row")

const writeQualityRow = (to: Writer, value: QualityRow): void => {
  to.int(value.schemaVersion)
  to.long(value.minute)
  to.int(value.partition)
  to.optionalString(value.vendor)
  to.optionalString(value.class)
  to.optionalString(value.zone)
  to.symbol(QUALITY_OUTCOMES, value.outcome)
  to.long(value.next)
  to.long(value.messages)
  to.long(value.released)
  to.long(value.readings)
  to.long(value.gaps)
  to.long(value.pending)
  to.long(value.broken)
  to.long(value.delayMsSum)
  to.long(value.delayMsMax)
}

const readQualityRow = (from: Reader): QualityRow => ({
  schemaVersion: from.int(),
  minute: from.long(),
  partition: from.int(),
  vendor: from.optionalWord(),
  class: from.optionalWord(),
  zone: from.optionalWord(),
  outcome: from.symbol(QUALITY_OUTCOMES),
  next: from.long(),
  messages: from.long(),
  released: from.long(),
  readings: from.long(),
  gaps: from.long(),
  pending: from.long(),
  broken: from.long(),
  delayMsSum: from.long(),
  delayMsMax: from.long(),
})

/**
 * What of the messages of one minute, class, zone and outcome one commit saw (readings.quality). Rows add up: counts
 * and sums by addition, maxima by the greatest.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeQualityRow = (value: QualityRow): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeQualityRow(writer, value)
  return writer.end()
}

/** @throws WireError */
export const decodeQualityRow = (record: Uint8Array): QualityRow => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readQualityRow(reader)
  reader.finish()
  return value
}
