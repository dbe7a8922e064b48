/** Is old telemetry what its device kept while there was no network? Pure. */
import type { MessageClaims } from "@assay/trust"
import { isDigest } from "./positions/position.ts"
import type { IdentityState } from "./state.ts"

/** Where a branch of a device's messages ends: the main one, or one that is contested. */
type End = Pick<IdentityState, "epo" | "head" | "digest" | "iat">

const goesOn = ({ epo, head, digest, iat }: End, claims: MessageClaims, prv: Uint8Array): boolean => {
  const isNext = claims.epo === epo ? claims.seq === head + 1 : claims.epo > epo && claims.seq === 0
  return isNext && claims.iat >= iat && isDigest(digest, prv)
}

/**
 * Whether a message follows the newest one of its device, or of a branch, without a gap, in the same boot or the next, and its
 * time does not fall. A carrier can hold messages back; that they still come whole and in order only their signatures say.
 * @param state before the message
 */
export const isBackfill = (state: IdentityState | undefined, claims: MessageClaims): boolean => {
  if (claims.act !== "telemetry" || claims.prv === null || state === undefined || state.epo < 0) return false
  const prv = Buffer.from(claims.prv, "base64url")
  if (goesOn(state, claims, prv)) return true
  for (const side of state.sides) if (goesOn(side, claims, prv)) return true
  return false
}
