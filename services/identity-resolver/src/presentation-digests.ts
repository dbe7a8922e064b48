/** The digests of a device's latest presentations: how they are read, and how they change in place. */
import { type IdentityDraft, type IdentityState, PREFIX_BYTES } from "./state.ts"

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/**
 * Where a presentation's digest is to be kept among those of its second; null where it is known or no place is free.
 */
export const placeForPresentation = (
  { presentations }: Pick<IdentityState, "presentations">,
  digest: Uint8Array,
): number | null => {
  const prefix = digest.subarray(0, PREFIX_BYTES)
  for (let place = 0; place < presentations.length; place++) {
    const kept = presentations.at(place)
    if (equal(kept, prefix)) return null
    if (kept.every((byte) => byte === 0)) return place
  }
  return null
}

/** Keeps a presentation's digest at `place`. */
export const keepPresentation = ({ presentations }: IdentityDraft, place: number, digest: Uint8Array): void =>
  presentations.set(place, digest.subarray(0, PREFIX_BYTES))

const FREE = new Uint8Array(PREFIX_BYTES)

export const forgetPresentations = ({ presentations }: IdentityDraft): void => {
  for (let place = 0; place < presentations.length; place++) presentations.set(place, FREE)
}
