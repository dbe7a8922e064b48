/** The streams of decisions, and what their records hold. */
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { OUTCOMES, type Outcome } from "@assay/trust"
import type { Decided, Place } from "./encoder.ts"

export { OUTCOMES, type Outcome }

/** Each outcome has a stream of its own; what was issued and taken back since is quarantined by now, and has another. */
export const streamsOf = (outcome: Outcome): ReadonlyArray<string> =>
  outcome === "quarantined" ? [STREAMS.quarantined, STREAMS.revoked] : [STREAMS[outcome]]

/** @throws WireError where the record is none of ours */
export const decidedOf = (place: Place, value: Uint8Array): Decided =>
  place.stream === STREAMS.rejected || place.stream === STREAMS.undecided
    ? {
        kind: "raw",
        place,
        outcome: place.stream === STREAMS.rejected ? "rejected" : "undecided",
        record: decodeRejected(value),
      }
    : { kind: "message", place, message: decodeAssayed(value) }
