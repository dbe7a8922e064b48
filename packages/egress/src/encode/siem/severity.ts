/**
 * How grave a decision is for whoever watches many systems, on the five levels that OCSF, ECS, CEF, LEEF and syslog share. It
 * follows from what a reason says and of whom, so a new reason code has one without a table to keep.
 */
import { type Outcome, type ReasonCode, type ReasonInfo, reasonInfo } from "@assay/trust"

/** OCSF `severity_id`: 1 informational, 2 low, 3 medium, 4 high, 5 critical. */
export type Severity = 1 | 2 | 3 | 4 | 5
export const SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const
export type SeverityName = (typeof SEVERITIES)[number]

export const nameOfSeverity = (severity: Severity): SeverityName => SEVERITIES[severity - 1]!

/** Weights from which a reason of a device counts as so much (`ReasonInfo.weight`). */
const CRITICAL = 1
const HIGH = 0.5
const NOTABLE = 0.15

const severityOfInfo = ({ severity, attribution, weight }: ReasonInfo): Severity => {
  if (severity === "warn") return attribution === "device" && weight >= NOTABLE ? 3 : 2
  if (attribution !== "device") return attribution === "unproven" ? 2 : 3
  return weight >= CRITICAL ? 5 : weight >= HIGH ? 4 : 3
}

/**
 * What anybody could have caused is low, however often it comes; what a device's own key proves is medium to critical by its
 * weight; what Assay or its knowledge lacks is medium, and a fault of Assay or a forged command high.
 */
export const severityOfReason = (code: ReasonCode): Severity => {
  if (code.startsWith("engine.")) return 4
  if (code === "control.signature_invalid" || code === "control.not_operator") return 4
  return severityOfInfo(reasonInfo(code))
}

const OF_OUTCOME: Readonly<Record<Outcome, Severity>> = {
  verified: 1,
  annotated: 2,
  quarantined: 3,
  rejected: 2,
  undecided: 4,
}

/** The worst of the outcome and its reasons. */
export const severityOf = (outcome: Outcome, reasons: ReadonlyArray<ReasonCode>): Severity =>
  Math.max(OF_OUTCOME[outcome], ...reasons.map(severityOfReason)) as Severity
