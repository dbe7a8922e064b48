/** Makes challenges: a token that names the device, the key that will answer, the deployment, and its end. Nothing is kept of it. */
import { randomBytes } from "node:crypto"
import { CHALLENGE_TYP } from "@assay/attestation"
import { parseDid } from "@assay/did"
import { signTokenWith } from "@assay/jose"
import type { Signer } from "@assay/signing"
import { EnrolmentRefused } from "./refusal.ts"

const LIFE_SECONDS = 300
const JTI_BYTES = 16
const KEY = /^[A-Za-z0-9_-]{1,128}$/

export interface IssuedChallenge {
  readonly challenge: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/**
 * @param key names the attestation key that will answer: base64url
 * @param now milliseconds since 1970
 * @throws EnrolmentRefused
 */
export const issueChallenge = async (
  signer: Signer,
  trustDomain: string,
  device: string,
  key: string,
  now: number,
): Promise<IssuedChallenge> => {
  if (parseDid(device) === null) throw new EnrolmentRefused(400, "enrolment.malformed", "device is not a DID")
  if (!KEY.test(key))
    throw new EnrolmentRefused(400, "enrolment.malformed", "key is not the base64url name of the attestation key")
  const iat = now / 1000
  const exp = Math.floor(iat) + LIFE_SECONDS
  const jti = randomBytes(JTI_BYTES).toString("base64url")
  const claims = { sub: device, aud: trustDomain, iat, exp, jti, purpose: "attestation", key }
  return { challenge: await signTokenWith(claims, signer, CHALLENGE_TYP), expires: exp * 1000 }
}
