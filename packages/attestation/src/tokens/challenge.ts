/**
 * A challenge: what evidence is made for. It is a token because it must be bound to much more than the 64 bytes that a TPM signs
 * along: the evidence has its SHA-256, and the token travels beside it.
 */
import { createHash } from "node:crypto"
import { integer, number, object, oneOf, text } from "@assay/jose/shape"

export const CHALLENGE_TYP = "assay-challenge+jwt"
/** Seconds from its issue to its end at most: no stage believes a longer one. */
export const MAX_CHALLENGE_SECONDS = 3_600
export const PURPOSES = ["attestation"] as const

const key = text(128, /^[A-Za-z0-9_-]+$/, "base64url")

export interface Challenge {
  readonly iss: string
  /** The device. */
  readonly sub: string
  /** The deployment: its trust domain. */
  readonly aud: string
  /** Seconds since 1970, with milliseconds: of two challenges the later one counts. */
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly purpose: (typeof PURPOSES)[number]
  /** The attestation key that will answer, as its format names it: base64url. */
  readonly key: string
}

export const challengeShape = object({
  iss: text(1_024),
  sub: text(2_048),
  aud: text(512),
  iat: number(0, 2 ** 40),
  exp: integer(),
  jti: key,
  purpose: oneOf(PURPOSES),
  key,
})

/** What the evidence must have signed along: SHA-256 of the token's characters. */
export const digestOfChallenge = (token: string): Buffer => createHash("sha256").update(token, "utf8").digest()
