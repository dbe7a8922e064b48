// Generated from schemas/avsc/verdict.avsc by `npm run schemas:generate`. Do not edit.
import { ASSURANCES, type ReasonCode, SEVERITY_OUTCOMES, type Verdict } from "@assay/trust"
import { encodedOnce } from "../wire/encoded-once.ts"
import { type Reader, readWord } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"
import { readObligation, writeObligation } from "./obligation.ts"

export const writeVerdict = encodedOnce((to: Writer, value: Verdict): void => {
  to.symbol(SEVERITY_OUTCOMES, value.outcome)
  to.strings(value.reasons)
  to.strings(value.observed)
  if (to.items(value.obligations.length)) {
    for (let i = 0; i < value.obligations.length; i++) writeObligation(to, value.obligations[i]!)
    to.tag(0)
  }
  to.strings(value.knowledge)
  to.symbol(ASSURANCES, value.assurance)
  to.int(value.logic)
  to.optionalString(value.detail)
})

export const readVerdict = (from: Reader): Verdict => ({
  outcome: from.symbol(SEVERITY_OUTCOMES),
  reasons: from.array(readWord) as ReadonlyArray<ReasonCode>,
  observed: from.array(readWord) as ReadonlyArray<ReasonCode>,
  obligations: from.array(readObligation),
  knowledge: from.array(readWord),
  assurance: from.symbol(ASSURANCES),
  logic: from.int(),
  detail: from.optionalString(),
})
