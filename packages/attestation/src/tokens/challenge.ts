/**
 * A challenge: what evidence is made for. It is a token because it must be bound to much more than the 64 bytes that a TPM signs
 * along: the evidence has its SHA-256, and the token travels beside it.
 */
import { hash } from "node:crypto"
import { object, oneOf } from "@assay/jose/shape"
import { base64urlText, TOKEN_MEMBERS, type TokenClaims } from "./signed.ts"

export const CHALLENGE_TYP = "assay-challenge+jwt"
/** Seconds from its issue to its end at most: no stage believes a longer one. */
export const MAX_CHALLENGE_SECONDS = 3_600
const PURPOSES = ["attestation"] as const

const key = base64urlText(128)

/** Its `iat` has milliseconds: of two challenges the later one counts. */
export interface Challenge extends TokenClaims {
  readonly jti: string
  readonly purpose: (typeof PURPOSES)[number]
  /** The attestation key that will answer, as its format names it: base64url. */
  readonly key: string
}

export const challengeShape = object({
  ...TOKEN_MEMBERS,
  jti: key,
  purpose: oneOf(PURPOSES),
  key,
})

/** What the evidence must have signed along: SHA-256 of the token's characters. */
export const digestOfChallenge = (token: string): Buffer => hash("sha256", token, "buffer")
