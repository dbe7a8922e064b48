/** Verdicts, decisions and the words they use. The shapes are those of the records in `schemas/avsc`. */
import type { StageName } from "./generated/records.ts"

export {
  ASSURANCES,
  type Assurance,
  DECISION_KINDS,
  type Decision,
  type DecisionKind,
  OBLIGATION_KINDS,
  type Obligation,
  type ObligationKind,
  OUTCOMES,
  type Outcome,
  SEVERITY_OUTCOMES,
  type SeverityOutcome,
  STAGES,
  type StageName,
  TRUST_STATES,
  type TrustState,
  type Verdict,
} from "./generated/records.ts"

export const SERVICE_NAMES = {
  identity: "identity-resolver",
  credential: "credential-checker",
  integrity: "integrity-hasher",
  segmentation: "segmentation-enforcer",
  anomaly: "anomaly-quarantine",
} as const satisfies Record<StageName, string>
