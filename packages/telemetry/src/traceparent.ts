/** The `traceparent` of W3C Trace Context, level 1: `version-traceid-parentid-flags`, all in lower-case hexadecimal. */
import type { SpanContext } from "@opentelemetry/api"

const SAMPLED = 1
/** A higher version may have more behind another dash; version 00 may not. */
const FORM = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s
/** Longer ones are not looked at. */
const MAX_LENGTH = 512

/** @returns whose span it names, or null where it is malformed: section 3.2.2.3 says to ignore it then */
export const parseTraceparent = (text: string): SpanContext | null => {
  if (text.length > MAX_LENGTH) return null
  const [, version, traceId, spanId, flags, more] = FORM.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === "00" && more !== undefined) return null
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & SAMPLED, isRemote: true }
}

export const formatTraceparent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${(traceFlags & SAMPLED).toString(16).padStart(2, "0")}`

export const isSampled = ({ traceFlags }: SpanContext): boolean => (traceFlags & SAMPLED) === SAMPLED
