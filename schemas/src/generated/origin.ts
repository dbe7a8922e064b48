// Generated from schemas/avsc/origin.avsc by `npm run schemas:generate`. Do not edit.
import type { Origin } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeOrigin = (to: Writer, value: Origin): void => {
  to.int(value.epoch)
  to.int(value.partition)
  to.long(value.offset)
}

export const readOrigin = (from: Reader): Origin => ({ epoch: from.int(), partition: from.int(), offset: from.long() })
