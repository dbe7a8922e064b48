/** Is old telemetry what its device kept while there was no network? Pure. */
import type { MessageClaims } from "@assay/trust"
import { slotOf } from "./slots.ts"
import type { IdentityState } from "./state.ts"

/**
 * Whether a message follows the newest one of its device without a gap, in the same boot or the next, and its time does not
 * fall. A carrier can hold messages back; that they still come whole and in order only their signatures say.
 * @param state before the message
 */
export const isBackfill = (state: IdentityState | undefined, { act, epo, seq, prv, iat }: MessageClaims): boolean => {
  if (act !== "telemetry" || state === undefined || state.epo < 0 || prv === null || iat < state.iat) return false
  const isNext = epo === state.epo ? seq === state.head + 1 : epo > state.epo && seq === 0
  return isNext && Buffer.from(slotOf(state, state.head).digest).toString("base64url") === prv
}
