/** What the forms of a decision share: its key, and its time as text. */
import { STREAMS } from "@assay/streams"
import { formatOrigin, type Origin } from "@assay/trust"
import type { Place } from "./encoder.ts"

/** The last millisecond that JavaScript can name (ECMA-262, 21.4.1.1). */
const LAST_MS = 8_640_000_000_000_000

/** @returns null where no year of four digits holds it */
export const rfc3339 = (ms: number): string | null => {
  if (!(Math.abs(ms) <= LAST_MS)) return null
  const text = new Date(ms).toISOString()
  return /^\d{4}-/.test(text) ? text : null
}

/**
 * The original decision of a message bears the message's own id. A later one (a release, a revocation), and what never
 * stood on `submitted`, has its own place behind it.
 */
export const keyOf = (origin: Origin, isOriginal: boolean, { stream, offset }: Place): string => {
  if (isOriginal && origin.offset >= 0) return formatOrigin(origin)
  // A released message may be taken back later, and the two streams count by themselves.
  return `${formatOrigin(origin)}@${stream === STREAMS.revoked ? "revoked-" : ""}${offset}`
}
