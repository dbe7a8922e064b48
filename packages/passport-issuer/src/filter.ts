/** The filter of a revocation snapshot (`packages/passport/src/token/snapshot.ts` reads it). */
import { placesOf } from "@assay/passport/issue"

/** 14 bits and 10 places for each serial: one passport in a thousand is hit by chance, and is issued anew. */
const BITS = 14
const PLACES = 10
/** The filter grows by such steps, so that its size does not tell how many devices are out of trust. */
const STEP_BYTES = 64

export interface Filter {
  readonly places: number
  readonly filter: Uint8Array
}

/** @param serials base64url of 8 bytes each */
export const filterOf = (serials: ReadonlyArray<string>): Filter => {
  const bytes = Math.max(1, Math.ceil((serials.length * BITS) / 8 / STEP_BYTES)) * STEP_BYTES
  const filter = new Uint8Array(bytes)
  for (const serial of serials)
    for (const n of placesOf(Buffer.from(serial, "base64url"), PLACES, bytes * 8)) filter[n >> 3]! |= 1 << (n & 7)
  return { places: PLACES, filter }
}
