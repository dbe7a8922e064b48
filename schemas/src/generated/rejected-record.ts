// Generated from schemas/avsc/rejected-record.avsc by `npm run schemas:generate`. Do not edit.
import { type ReasonCode, STAGES } from "@assay/trust"
import { boundSchema } from "../ids/bound.ts"
import { type Reader, readWord, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import { readOrigin, writeOrigin } from "./origin.ts"
import type { RejectedRecord } from "./types.ts"

const SCHEMA = boundSchema("rejected-record")

const writeRejectedRecord = (to: Writer, value: RejectedRecord): void => {
  writeOrigin(to, value.origin)
  to.long(value.time)
  to.bytes(value.key)
  to.bytes(value.value)
  to.long(value.size)
  to.optionalString(value.hash)
  to.strings(value.reasons)
  to.optionalString(value.detail)
  to.symbol(STAGES, value.stage)
  writeOrigin(to, value.batch)
  to.optionalString(value.principal)
  to.boolean(value.signed)
}

const readRejectedRecord = (from: Reader): RejectedRecord => ({
  origin: readOrigin(from),
  time: from.long(),
  key: from.bytes(),
  value: from.bytes(),
  size: from.long(),
  hash: from.optionalString(),
  reasons: from.array(readWord) as ReadonlyArray<ReasonCode>,
  detail: from.optionalString(),
  stage: from.symbol(STAGES),
  batch: readOrigin(from),
  principal: from.optionalString(),
  signed: from.boolean(),
})

/**
 * A submitted record that never was authenticated, untouched, with the reason.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeRejected = (value: RejectedRecord): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeRejectedRecord(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeRejected = (record: Uint8Array): RejectedRecord => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readRejectedRecord(reader)
  reader.finish()
  return value
}
