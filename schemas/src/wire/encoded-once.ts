/**
 * Encodes an object once that many records hold: the verdict on a message in order is one object for as long as the
 * knowledge stays. Its bytes are kept from the second time on, and copied from the third on. An object must not change once it
 * was written; those of the records never do.
 */
import type { Writer } from "./writer.ts"

/** Objects that are kept, and as many that were seen once. A look at all of them costs less than encoding one. */
const KEPT = 32

type Write<T> = (to: Writer, value: T) => void

/** @param write what writes the object otherwise; the same for equal objects */
export const encodedOnce = <T extends object>(write: Write<T>): Write<T> => {
  const known: Array<T | null> = new Array(KEPT).fill(null)
  const encodings: Array<Uint8Array> = new Array(KEPT).fill(new Uint8Array(0))
  const seen: Array<T | null> = new Array(KEPT).fill(null)
  let nextKnown = 0
  let nextSeen = 0
  return (to, value) => {
    for (let i = 0; i < KEPT; i++) {
      if (known[i] !== value) continue
      to.encoded(encodings[i]!)
      return
    }
    const start = to.length
    write(to, value)
    for (let i = 0; i < KEPT; i++) {
      if (seen[i] !== value) continue
      seen[i] = null
      known[nextKnown] = value
      encodings[nextKnown] = to.copyFrom(start)
      nextKnown = (nextKnown + 1) % KEPT
      return
    }
    seen[nextSeen] = value
    nextSeen = (nextSeen + 1) % KEPT
  }
}
