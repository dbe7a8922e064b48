/**
 * An endorsement: the enrolment service has seen that this attestation key lies in the TPM of this endorsement key (credential
 * activation), and that it is this device's. The stage checks the chain of the endorsement key itself.
 */
import { integer, number, object, text } from "@assay/jose/shape"

export const ENDORSEMENT_TYP = "assay-endorsement+jwt"

const name = text(64, /^[A-Za-z0-9_-]+$/, "base64url")

export interface Endorsement {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  /** Names of the attestation key and of the endorsement key, base64url. */
  readonly ak: string
  readonly ek: string
  /** SHA-256 of the certificate of the endorsement key, base64url. */
  readonly cert: string
}

export const endorsementShape = object({
  iss: text(1_024),
  sub: text(2_048),
  aud: text(512),
  iat: number(0, 2 ** 40),
  exp: integer(),
  jti: name,
  ak: name,
  ek: name,
  cert: name,
})
