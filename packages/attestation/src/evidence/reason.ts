/** Why evidence is refused: the tails of reason codes `integrity.*`. */

export type EvidenceReason =
  | "evidence_malformed"
  | "challenge_refused"
  | "challenge_late"
  | "evidence_not_fresh"
  | "evidence_alg_refused"
  | "evidence_key_refused"
  | "evidence_key_mismatch"
  | "evidence_unverified"
  | "evidence_not_endorsed"
  | "binding_ended"
  | "evidence_maker_unknown"
  | "evidence_pcr_mismatch"
  | "evidence_log_mismatch"
  | "evidence_hierarchy"
  | "evidence_not_genuine"
  | "evidence_debug"
  | "evidence_format"

export interface EvidenceRefused {
  readonly reason: EvidenceReason
  /** For people. */
  readonly detail: string
}

export const refused = (reason: EvidenceReason, detail: string): EvidenceRefused => ({ reason, detail })
