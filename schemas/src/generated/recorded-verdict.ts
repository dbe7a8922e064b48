// Generated from schemas/avsc/recorded-verdict.avsc by `npm run schemas:generate`. Do not edit.
import { type ReasonCode, type RecordedVerdict, SEVERITY_OUTCOMES, STAGES } from "@assay/trust"
import { encodedOnce } from "../wire/encoded-once.ts"
import { type Reader, readWord } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"

export const writeRecordedVerdict = encodedOnce((to: Writer, value: RecordedVerdict): void => {
  to.symbol(STAGES, value.stage)
  to.symbol(SEVERITY_OUTCOMES, value.outcome)
  to.strings(value.reasons)
  to.strings(value.observed)
  to.strings(value.knowledge)
  to.int(value.logic)
})

export const readRecordedVerdict = (from: Reader): RecordedVerdict => ({
  stage: from.symbol(STAGES),
  outcome: from.symbol(SEVERITY_OUTCOMES),
  reasons: from.array(readWord) as ReadonlyArray<ReasonCode>,
  observed: from.array(readWord) as ReadonlyArray<ReasonCode>,
  knowledge: from.array(readWord),
  logic: from.int(),
})
