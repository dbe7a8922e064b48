/**
 * A challenge: what evidence, or the key binding of an SD-JWT, is made for. It is a token because it must be bound to much more than
 * the 64 bytes that a TPM signs along: the evidence has its SHA-256, and the token travels beside it.
 */
import { hash } from "node:crypto"
import { keyIdOfDid } from "@assay/did"
import { object, oneOf } from "@assay/jose/shape"
import { base64urlText, readSigned, TOKEN_MEMBERS, type TokenClaims, type Verify, verifyOnce } from "./signed.ts"

export { MAX_TOKEN_CHARS } from "./signed.ts"

export const CHALLENGE_TYP = "assay-challenge+jwt"
/** Seconds from its issue to its end at most: no stage believes a longer one. */
const MAX_CHALLENGE_SECONDS = 3_600
const PURPOSES = ["attestation"] as const

const key = base64urlText(128)

/** Its `iat` has milliseconds: of two challenges the later one counts. */
export interface Challenge extends TokenClaims {
  readonly jti: string
  readonly purpose: (typeof PURPOSES)[number]
  /** What will answer, base64url: the attestation key as its format names it, or the `sd_hash` of a presentation. */
  readonly key: string
}

const challengeShape = object({
  ...TOKEN_MEMBERS,
  jti: key,
  purpose: oneOf(PURPOSES),
  key,
})

export interface ChallengeContext {
  /** Whom it must be for: a DID. */
  readonly device: string
  /** The deployment. */
  readonly trustDomain: string
  /** DIDs whose challenges count. */
  readonly challengers: ReadonlyArray<string>
  /** On the spot where it is left out. */
  readonly verify?: Verify
}

/**
 * The challenge of a token: made by a challenger of the deployment, for this device and this key; or a sentence that says why it is not.
 * Whether it still runs is `challengeEnd`'s to say. Never throws.
 * @param key what answers, as in `Challenge.key`
 */
export const openChallenge = (
  token: string,
  key: string,
  { device, trustDomain, challengers, verify = verifyOnce }: ChallengeContext,
): Challenge | string => {
  const found = readSigned(token, CHALLENGE_TYP, challengeShape, challengers, verify)
  if (typeof found === "string") return `the challenge ${found}`
  if (keyIdOfDid(found.sub) !== keyIdOfDid(device)) return `the challenge is for ${found.sub}`
  if (found.aud !== trustDomain) return `the challenge is for ${found.aud}`
  if (found.key !== key) return "the challenge is for another key"
  return found.exp - found.iat > MAX_CHALLENGE_SECONDS
    ? `the challenge runs longer than ${MAX_CHALLENGE_SECONDS} s`
    : found
}

/** That it has ended, for people; null while it runs. @param time milliseconds since 1970 */
export const challengeEnd = ({ exp }: Challenge, time: number): string | null =>
  time < exp * 1_000 ? null : `the challenge ended at ${new Date(exp * 1_000).toISOString()}`

/** What the evidence must have signed along: SHA-256 of the token's characters. */
export const digestOfChallenge = (token: string): Buffer => hash("sha256", token, "buffer")
