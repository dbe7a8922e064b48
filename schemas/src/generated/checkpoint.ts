// Generated from schemas/avsc/checkpoint.avsc by `npm run schemas:generate`. Do not edit.
import { boundSchema } from "../ids/bound.ts"
import { type Reader, reader } from "../wire/reader.ts"
import { type Writer, writer } from "../wire/writer.ts"
import type { Checkpoint } from "./types.ts"

const SCHEMA = boundSchema("checkpoint")

const writeCheckpoint = (to: Writer, value: Checkpoint): void => {
  to.string(value.log)
  to.long(value.size)
  to.bytes(value.root)
  to.long(value.time)
  to.string(value.note)
}

const readCheckpoint = (from: Reader): Checkpoint => ({
  log: from.word(),
  size: from.long(),
  root: from.bytes(),
  time: from.long(),
  note: from.string(),
})

/**
 * One signed tree head of the transparency log, on audit.checkpoints.
 * @throws RangeError where a member cannot be written: a number that is no safe integer, a word outside its set
 */
export const encodeCheckpoint = (value: Checkpoint): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeCheckpoint(writer, value)
  return writer.end()
}

/** Byte members are views into `record`. @throws WireError */
export const decodeCheckpoint = (record: Uint8Array): Checkpoint => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const value = readCheckpoint(reader)
  reader.finish()
  return value
}
