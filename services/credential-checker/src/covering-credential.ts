/** Which of a device's credentials covers a message, or comes closest. Pure. */
import { type BundleView, checkCapabilities, isWarning, whyNotInForce } from "@assay/credentials"
import type { Claims, Reading, ReasonCode } from "@assay/trust"
import type { WhyRevoked } from "./revoked.ts"
import type { Accepted, AcceptedItems } from "./state.ts"

export interface Cover {
  readonly credential: Accepted
  /** Whether the credential counts at all, whatever it grants. */
  readonly inForce: boolean
  /** Empty where the message is covered. */
  readonly reasons: ReadonlyArray<ReasonCode>
  /** For people; null where there are no reasons. */
  readonly offence: string | null
}

const NO_REASONS: ReadonlyArray<ReasonCode> = []

const coverBy = (
  credential: Accepted,
  claims: Claims,
  readings: ReadonlyArray<Reading>,
  view: BundleView,
  time: number,
  skewMs: number,
  whyRevoked: WhyRevoked,
): Cover => {
  const why =
    whyRevoked(credential) ??
    whyNotInForce(credential, view, time, claims.kind === "message" && claims.act === "telemetry", skewMs)
  if (why !== null && !isWarning(why)) return { credential, inForce: false, reasons: why.reasons, offence: why.offence }
  // A presentation, and evidence, use nothing that is granted, so nothing of it is refused.
  const refusal = claims.kind === "message" ? checkCapabilities(claims, readings, credential.terms.capabilities) : null
  if (why === null && refusal === null) return { credential, inForce: true, reasons: NO_REASONS, offence: null }
  const reasons = [...(refusal?.reasons ?? NO_REASONS), ...(why?.reasons ?? NO_REASONS)]
  return { credential, inForce: true, reasons, offence: refusal?.offence ?? why?.offence ?? null }
}

/** 0 covers; 1 covers on stale knowledge; 2 is in force but does not grant it; 3 is not in force. */
const rank = (cover: Cover): number => {
  if (!cover.inForce) return 3
  if (cover.reasons.length === 0) return 0
  return cover.reasons.length === 1 && cover.reasons[0] === "credential.status_stale" ? 1 : 2
}

/** The best of the accepted credentials, the oldest among equals; null where there is none. One must cover all of it. */
export const coverOf = (
  accepted: AcceptedItems,
  claims: Claims,
  readings: ReadonlyArray<Reading>,
  view: BundleView,
  time: number,
  skewMs: number,
  whyRevoked: WhyRevoked,
): Cover | null => {
  let best: Cover | null = null
  for (let i = 0; i < accepted.length; i++) {
    const cover = coverBy(accepted.at(i), claims, readings, view, time, skewMs, whyRevoked)
    if (cover.reasons.length === 0) return cover
    if (best === null || rank(cover) < rank(best)) best = cover
  }
  return best
}
