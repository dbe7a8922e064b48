/** Challenges for the evidence of hardware, as a protocol asks for them: who makes them, it does not know. */

/** A challenge, and when it ends (ISO 8601); or a stable code, and a sentence that says what to change. */
export type ChallengeAnswer =
  | { readonly challenge: string; readonly expires: string }
  | { readonly error: string; readonly message: string }

/**
 * Rejects where none can be had at the moment.
 * @param device its DID
 * @param key names the attestation key that will answer: base64url
 */
export type ChallengeSource = (device: string, key: string) => Promise<ChallengeAnswer>
