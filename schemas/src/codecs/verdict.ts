/** What the stages found: verdicts and the decision. */
import { type Decision, type Obligation, OUTCOMES, type ReasonCode, type Verdict, type Verdicts } from "@assay/trust"
import { type Reader, readWord } from "../wire/reader.ts"
import type { Writer } from "../wire/writer.ts"
import { assurance, readOrigin, severityOutcome, symbols, trustState, writeOrigin } from "./parts.ts"

const outcome = symbols(OUTCOMES)
const decisionKind = symbols(["original", "released", "revoked"] as const)
const obligationKind = symbols(["minTrust", "minAssurance"] as const)

/** A code written by a later version is kept as it is: codes are strings on the wire so that they can be added. */
export const readReason = (from: Reader): ReasonCode => readWord(from) as ReasonCode

const readObligation = (from: Reader): Obligation => ({
  kind: obligationKind.read(from),
  value: from.double(),
  source: from.word(),
})

const writeVerdict = (to: Writer, verdict: Verdict | null): void => {
  if (verdict === null) {
    to.tag(0)
    return
  }
  to.tag(1)
  severityOutcome.write(to, verdict.outcome)
  to.strings(verdict.reasons)
  to.strings(verdict.observed)
  if (to.items(verdict.obligations.length)) {
    for (const obligation of verdict.obligations) {
      obligationKind.write(to, obligation.kind)
      to.double(obligation.value)
      to.string(obligation.source)
    }
    to.tag(0)
  }
  to.strings(verdict.knowledge)
  assurance.write(to, verdict.assurance)
  to.int(verdict.logic)
  to.optionalString(verdict.detail)
}

const readVerdict = (from: Reader): Verdict | null =>
  from.tag(2) === 0
    ? null
    : {
        outcome: severityOutcome.read(from),
        reasons: from.array(readReason),
        observed: from.array(readReason),
        obligations: from.array(readObligation),
        knowledge: from.array(readWord),
        assurance: assurance.read(from),
        logic: from.int(),
        detail: from.optionalString(),
      }

export const writeVerdicts = (to: Writer, verdicts: Verdicts): void => {
  writeVerdict(to, verdicts.identity)
  writeVerdict(to, verdicts.credential)
  writeVerdict(to, verdicts.integrity)
  writeVerdict(to, verdicts.segmentation)
  writeVerdict(to, verdicts.anomaly)
}

export const readVerdicts = (from: Reader): Verdicts => ({
  identity: readVerdict(from),
  credential: readVerdict(from),
  integrity: readVerdict(from),
  segmentation: readVerdict(from),
  anomaly: readVerdict(from),
})

/** A decision that may not have been made yet. */
export const writeDecision = (to: Writer, decision: Decision | null): void => {
  if (decision === null) {
    to.tag(0)
    return
  }
  to.tag(1)
  outcome.write(to, decision.outcome)
  to.strings(decision.reasons)
  if (decision.trust === null) to.tag(0)
  else {
    to.tag(1)
    trustState.write(to, decision.trust)
  }
  if (decision.reputation === null) to.tag(0)
  else {
    to.tag(1)
    to.double(decision.reputation)
  }
  decisionKind.write(to, decision.kind)
  if (decision.supersedes === null) to.tag(0)
  else {
    to.tag(1)
    writeOrigin(to, decision.supersedes)
  }
}

export const readDecision = (from: Reader): Decision | null =>
  from.tag(2) === 0
    ? null
    : {
        outcome: outcome.read(from),
        reasons: from.array(readReason),
        trust: from.tag(2) === 0 ? null : trustState.read(from),
        reputation: from.tag(2) === 0 ? null : from.double(),
        kind: decisionKind.read(from),
        supersedes: from.tag(2) === 0 ? null : readOrigin(from),
      }
