/** Why evidence of a TPM is refused: a closed set of codes. */
export type TpmReason =
  | "tpm.malformed"
  | "tpm.algorithm_refused"
  | "tpm.key_refused"
  | "tpm.signature_invalid"
  | "tpm.nonce_mismatch"
  | "tpm.pcr_refused"
  | "tpm.pcr_mismatch"
  | "tpm.name_mismatch"

export interface Refused {
  readonly reason: TpmReason
  /** For people. */
  readonly detail: string
}

export const refuse = (reason: TpmReason, detail: string): Refused => ({ reason, detail })
