/** `Checkpoint`: the value of audit.checkpoints. */

import { boundSchema } from "../ids/bound.ts"
import type { Checkpoint } from "../types.ts"
import { reader } from "../wire/reader.ts"
import { writer } from "../wire/writer.ts"

const SCHEMA = boundSchema("checkpoint")

/** @throws RangeError where a number is no safe integer. */
export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array => {
  writer.begin(SCHEMA.id)
  writer.string(checkpoint.log)
  writer.long(checkpoint.size)
  writer.bytes(checkpoint.root)
  writer.long(checkpoint.time)
  writer.string(checkpoint.note)
  return writer.end()
}

/** The root is a view into `record`. @throws WireError */
export const decodeCheckpoint = (record: Uint8Array): Checkpoint => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const checkpoint: Checkpoint = {
    log: reader.word(),
    size: reader.long(),
    root: reader.bytes(),
    time: reader.long(),
    note: reader.string(),
  }
  reader.finish()
  return checkpoint
}
