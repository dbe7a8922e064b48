/** `RejectedRecord`: the value of telemetry.rejected. */

import { boundSchema } from "../ids/bound.ts"
import type { RejectedRecord } from "../types.ts"
import { reader } from "../wire/reader.ts"
import { writer } from "../wire/writer.ts"
import { readOrigin, writeOrigin } from "./parts.ts"
import { readReason } from "./verdict.ts"

const SCHEMA = boundSchema("rejected-record")

/** @throws RangeError where a number is no safe integer. */
export const encodeRejected = (rejected: RejectedRecord): Uint8Array => {
  writer.begin(SCHEMA.id)
  writeOrigin(writer, rejected.origin)
  writer.long(rejected.time)
  writer.bytes(rejected.key)
  writer.bytes(rejected.value)
  writer.long(rejected.size)
  writer.optionalString(rejected.hash)
  writer.strings(rejected.reasons)
  writer.optionalString(rejected.detail)
  return writer.end()
}

/** Key and value are views into `record`. @throws WireError */
export const decodeRejected = (record: Uint8Array): RejectedRecord => {
  reader.begin(SCHEMA.current(record), SCHEMA.id)
  const rejected: RejectedRecord = {
    origin: readOrigin(reader),
    time: reader.long(),
    key: reader.bytes(),
    value: reader.bytes(),
    size: reader.long(),
    hash: reader.optionalString(),
    reasons: reader.array(readReason),
    detail: reader.optionalString(),
  }
  reader.finish()
  return rejected
}
