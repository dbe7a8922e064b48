/** What the credential that admitted a device declares of its measurements. Pure, but for the issuer's signature. */
import { firstThatHolds, readCredential, viewOf } from "@assay/credentials"
import { openMessage } from "@assay/message"
import { type AdmissionEntry, DEFAULT_RULES } from "@assay/trust"

const declaresAnything = (token: string): boolean => {
  const read = readCredential(token)
  return !("detail" in read) && read.credential.terms.declares !== null
}

/**
 * Null where it declares nothing. identity-resolver has found the entry proven; which of its credentials holds is asked again, and
 * only where one declares something: that costs a signature.
 */
export const declaredBy = ({ device, proof, knowledge, time }: AdmissionEntry): string | null => {
  const { bundle, profile, items } = knowledge
  if (proof === null || bundle === null) return null
  const opened = openMessage(proof.bytes)
  if ("reason" in opened) return null
  const found = opened.read
  if ("reason" in found || found.claims.kind !== "presentation") return null
  const { credentials } = found.claims
  if (!credentials.some(declaresAnything)) return null
  const skewMs = 1000 * (profile?.body ?? DEFAULT_RULES).freshness.futureSkew
  const holds = firstThatHolds(device, credentials, viewOf(bundle, items), time, skewMs)
  return "terms" in holds ? holds.terms.declares : null
}
