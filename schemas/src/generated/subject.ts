// Generated from schemas/avsc/subject.avsc by `npm run schemas:generate`. Do not edit.
import { ASSURANCES, type Subject } from "@assay/trust"
import type { Reader } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeSubject = (to: Writer, value: Subject): void => {
  to.string(value.vendor)
  to.string(value.class)
  to.symbol(ASSURANCES, value.assurance)
}

export const readSubject = (from: Reader): Subject => ({
  vendor: from.word(),
  class: from.word(),
  assurance: from.symbol(ASSURANCES),
})
