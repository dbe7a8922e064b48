// Generated from schemas/avsc/obligation.avsc by `npm run schemas:generate`. Do not edit.
import { OBLIGATION_KINDS, type Obligation } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeObligation = (to: Writer, value: Obligation): void => {
  to.symbol(OBLIGATION_KINDS, value.kind)
  to.double(value.value)
  to.string(value.source)
}

export const readObligation = (from: Reader): Obligation => ({
  kind: from.symbol(OBLIGATION_KINDS),
  value: from.double(),
  source: from.word(),
})
