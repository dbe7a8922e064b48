/** What became of one message, as the scores want it: from the whole pipeline and from the stage alone alike. */
import { type Decision, type Outcome, type ReasonCode, reasonInfo, type TrustState } from "@assay/trust"

export interface Judged {
  readonly outcome: Outcome
  /** All reasons of the decision. */
  readonly reasons: ReadonlyArray<ReasonCode>
  /** The alarms of the detectors among them. */
  readonly alarms: ReadonlyArray<ReasonCode>
  /** The trust state after it. */
  readonly trust: TrustState
}

/** Reasons of the last stage that only repeat the trust state have no weight; alarms have one. */
export const isAlarm = (code: ReasonCode): boolean => code.startsWith("anomaly.") && reasonInfo(code).weight > 0

const NONE: ReadonlyArray<ReasonCode> = []

export const judgedOf = ({ outcome, reasons }: Decision, trust: TrustState): Judged => ({
  outcome,
  reasons,
  alarms: reasons.length === 0 ? NONE : reasons.filter(isAlarm),
  trust,
})
