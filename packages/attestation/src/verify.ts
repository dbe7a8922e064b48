/**
 * Evidence as it travels: `{challenge, evidence: {format, ...}}`. One interface for all formats: the challenge is checked here, the
 * evidence by the verifier of its format, and what it shows is appraised by `appraise`.
 */
import { isObject, type Json } from "@assay/jose"
import { DICE } from "./dice/evidence.ts"
import { EAT, PSA } from "./eat/evidence.ts"
import type { EvidenceContext, Shown, VerifierOf } from "./evidence/context.ts"
import { type EvidenceRefused, refused } from "./evidence/reason.ts"
import { MalformedError } from "./malformed.ts"
import { SECURE_ELEMENT } from "./secure-element/evidence.ts"
import { type Challenge, challengeEnd, digestOfChallenge, openChallenge } from "./tokens/challenge.ts"
import { TPM2 } from "./tpm2/evidence.ts"

// biome-ignore lint/suspicious/noExplicitAny: a verifier passes what it read back to itself only
const VERIFIERS: ReadonlyMap<string, VerifierOf<any>> = new Map<string, VerifierOf<any>>([
  [TPM2.format, TPM2],
  [DICE.format, DICE],
  [PSA.format, PSA],
  [EAT.format, EAT],
  [SECURE_ELEMENT.format, SECURE_ELEMENT],
])

/** Formats that this version verifies. */
const EVIDENCE_FORMATS: ReadonlyArray<string> = [...VERIFIERS.keys()]

/** Who made the challenge, for whom, for which key; and whether it still runs. */
const challengeOf = (token: string, key: string, context: EvidenceContext): Challenge | EvidenceRefused => {
  const found = openChallenge(token, key, context)
  if (typeof found === "string") return refused("challenge_refused", found)
  const over = challengeEnd(found, context.time)
  return over === null ? found : refused("challenge_late", over)
}

/** Never throws for what a device sent. @param challenge the token; `evidence` the object beside it */
export const verifyEvidence = (
  challenge: string,
  evidence: Json,
  context: EvidenceContext,
): Shown | EvidenceRefused => {
  const format = isObject(evidence) ? evidence["format"] : undefined
  const verifier = typeof format === "string" ? VERIFIERS.get(format) : undefined
  if (verifier === undefined)
    return refused("evidence_malformed", `evidence.format is none of ${EVIDENCE_FORMATS.join(", ")}`)
  const body = verifier.read(evidence)
  if (typeof body === "string") return refused("evidence_malformed", body)
  const key = verifier.keyOf(body)
  if (typeof key !== "string") return key
  const found = challengeOf(challenge, key, context)
  if ("reason" in found) return found
  const shown = notMalformed(() => verifier.verify(body, digestOfChallenge(challenge), context))
  return "reason" in shown ? shown : { ...shown, key, challengedAt: Math.round(found.iat * 1000) }
}

/** Structures within the evidence may be none of their kind, and only their verifier finds that out. */
const notMalformed = <Found>(work: () => Found): Found | EvidenceRefused => {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof MalformedError) return refused("evidence_malformed", cause.message)
    throw cause
  }
}
