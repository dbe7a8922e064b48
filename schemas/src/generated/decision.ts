// Generated from schemas/avsc/decision.avsc by `npm run schemas:generate`. Do not edit.
import { DECISION_KINDS, type Decision, OUTCOMES, type ReasonCode, TRUST_STATES } from "@assay/trust"
import { type Reader, readWord } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"
import { readOrigin, writeOrigin } from "./origin.ts"

export const writeDecision = (to: Writer, value: Decision): void => {
  to.symbol(OUTCOMES, value.outcome)
  to.strings(value.reasons)
  if (value.trust === null) to.tag(0)
  else {
    to.tag(1)
    to.symbol(TRUST_STATES, value.trust)
  }
  if (value.reputation === null) to.tag(0)
  else {
    to.tag(1)
    to.double(value.reputation)
  }
  to.symbol(DECISION_KINDS, value.kind)
  if (value.supersedes === null) to.tag(0)
  else {
    to.tag(1)
    writeOrigin(to, value.supersedes)
  }
}

export const readDecision = (from: Reader): Decision => ({
  outcome: from.symbol(OUTCOMES),
  reasons: from.array(readWord) as ReadonlyArray<ReasonCode>,
  trust: from.tag(2) === 0 ? null : from.symbol(TRUST_STATES),
  reputation: from.tag(2) === 0 ? null : from.double(),
  kind: from.symbol(DECISION_KINDS),
  supersedes: from.tag(2) === 0 ? null : readOrigin(from),
})
