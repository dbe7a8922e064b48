/**
 * An endorsement: the enrolment service has seen that this attestation key lies in the TPM of this endorsement key (credential
 * activation), and that it is this device's. The stage checks the chain of the endorsement key itself.
 */
import { object } from "@assay/jose/shape"
import { base64urlText, TOKEN_MEMBERS, type TokenClaims } from "./signed.ts"

export const ENDORSEMENT_TYP = "assay-endorsement+jwt"

const name = base64urlText(64)

export interface Endorsement extends TokenClaims {
  readonly jti: string
  /** Names of the attestation key and of the endorsement key, base64url. */
  readonly ak: string
  readonly ek: string
  /** SHA-256 of the certificate of the endorsement key, base64url. */
  readonly cert: string
}

export const endorsementShape = object({
  ...TOKEN_MEMBERS,
  jti: name,
  ak: name,
  ek: name,
  cert: name,
})
