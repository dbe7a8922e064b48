/** Which conduit of a slice carries a flow, and what it still asks. */

import type { Time } from "../decide/clock.ts"
import type { PassportReason } from "../reason.ts"
import { type Act, ASSURANCES, type Standing } from "../token/passport.ts"
import type { Slice, SliceConduit, Window } from "./slice.ts"

/** Who speaks, from where to where. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly act: Act
  readonly deviceClass: string | null
}

/** A conduit that names the class beats one that carries every class; among equals the first holds. Null: there is none. */
export const conduitOf = ({ conduits }: Slice, { from, to, act, deviceClass }: Flow): SliceConduit | null => {
  const fitting = conduits.filter((c) => c.from === from && c.to === to && c.acts.includes(act))
  return (
    fitting.find((c) => deviceClass !== null && c.classes.includes(deviceClass)) ??
    fitting.find((c) => c.classes.length === 0) ??
    null
  )
}

const isOpenAt = ({ from, to, offsets }: Window, seconds: number): boolean => {
  const { offset } = offsets.findLast((change) => change.from <= seconds) ?? offsets[0] ?? { offset: 0 }
  const minute = (((Math.floor(seconds / 60) + offset) % 1_440) + 1_440) % 1_440
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

/**
 * What the conduit asks, and whether it is not met.
 * @param speaker the standing of who speaks; null where that is this device itself
 * @param signed when it spoke, seconds since 1970: the hours are judged by that, as the pipeline does
 */
export const unmetBy = (
  { expires, window, minTrust, minAssurance }: SliceConduit,
  speaker: Standing | null,
  signed: number,
  { least, isKnown }: Time,
): ReadonlyArray<readonly [PassportReason, boolean]> => [
  ["flow.conduit_expired", expires !== null && expires <= least],
  // The hour of the day cannot be known by signed times that may be old.
  ["clock.unknown", window !== null && !isKnown],
  ["flow.outside_window", window !== null && isKnown && !isOpenAt(window, signed)],
  ["flow.trust_below", speaker !== null && speaker.reputation < (minTrust ?? 0)],
  [
    "flow.assurance_below",
    speaker !== null && ASSURANCES.indexOf(speaker.assurance) < ASSURANCES.indexOf(minAssurance ?? "none"),
  ],
]
