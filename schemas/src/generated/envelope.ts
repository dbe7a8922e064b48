// Generated from schemas/avsc/envelope.avsc by `npm run schemas:generate`. Do not edit.
import type { Envelope } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeEnvelope = (to: Writer, value: Envelope): void => {
  to.bytes(value.bytes)
  to.string(value.mediaType)
  to.string(value.binding)
  to.optionalString(value.originator)
  to.optionalString(value.principal)
}

export const readEnvelope = (from: Reader): Envelope => ({
  bytes: from.bytes(),
  mediaType: from.word(),
  binding: from.word(),
  originator: from.optionalString(),
  principal: from.optionalString(),
})
