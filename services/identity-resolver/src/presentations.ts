/** The rules of a device's presentations: which are new, how often they are accepted, and the state after one. Pure. */
import { type Draw, draw, fullLevel } from "@assay/trust/kit"
import { forgetPresentations, keepPresentation, placeForPresentation } from "./presentation-digests.ts"
import { type IdentityState, LAYOUT } from "./state.ts"

/** Where a presentation is kept among those of its second, and whether that second is a later one. */
export interface PlaceOfPresentation {
  readonly index: number
  readonly isLater: boolean
}

/**
 * Null where the presentation was seen before or cannot be distinguished from one that was: those of one second are
 * remembered, up to eight; any older one is refused.
 */
export const placeOfPresentation = (
  state: IdentityState | undefined,
  iat: number,
  digest: Uint8Array,
): PlaceOfPresentation | null => {
  if (state === undefined || iat > state.presented) return FIRST
  const index = iat < state.presented ? null : placeForPresentation(state, digest)
  return index === null ? null : { index, isLater: false }
}
const FIRST: PlaceOfPresentation = { index: 0, isLater: true }

/** Takes a presentation out of its device's bucket. @param time milliseconds since 1970 */
export const drawPresentation = (state: IdentityState | undefined, time: number, ratePerMinute: number): Draw =>
  state === undefined || state.presentationLevel < 0
    ? draw(fullLevel(ratePerMinute), time, time, ratePerMinute)
    : draw(state.presentationLevel, state.presentationAt, time, ratePerMinute)

/** The state after a presentation was accepted. @param bucket what is left in it, and when (milliseconds since 1970) */
export const present = (
  before: IdentityState | undefined,
  iat: number,
  digest: Uint8Array,
  { index, isLater }: PlaceOfPresentation,
  bucket: { readonly level: number; readonly at: number },
): IdentityState => {
  const draft = LAYOUT.draft(before)
  if (isLater) forgetPresentations(draft)
  keepPresentation(draft, index, digest)
  draft.presented = iat
  draft.presentationLevel = bucket.level
  draft.presentationAt = bucket.at
  return LAYOUT.seal(draft)
}
