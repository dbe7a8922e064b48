/**
 * A submission on its way from an adapter to a node: one line of JSON.
 *
 *   {"bytes":"<base64>","mediaType":"application/jose","binding":"mqtt","originator":"plant/7","principal":"did:key:...","traceparent":null}
 */
import type { Submission } from "../core/submission.ts"

/** Of `originator` and `principal`, in characters: a topic may be long, and is only kept. */
const MAX_NAME = 4_096
const MAX_TYPE = 256
const BINDING = /^[a-z][a-z0-9]{0,15}$/
/** Bindings that no adapter stands for: what comes so, comes from the caller itself. */
const OWN: ReadonlySet<string> = new Set(["http", "cli", "admission"])

export const encodeRelayed = ({ bytes, ...facts }: Submission): string =>
  `${JSON.stringify({ bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64"), ...facts })}\n`

const isText = (value: unknown, longest: number): value is string =>
  typeof value === "string" && value.length <= longest
const isName = (value: unknown): value is string | null => value === null || isText(value, MAX_NAME)

/** @returns what is wrong with it, for people */
export const decodeRelayed = (line: Uint8Array): Submission | string => {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString("utf8"))
  } catch {
    return "it is not JSON"
  }
  if (typeof value !== "object" || value === null) return "it is no object"
  const { bytes, mediaType, binding, originator, principal, traceparent } = value as Record<string, unknown>
  if (typeof bytes !== "string") return "bytes must be a text in base64"
  if (!isText(mediaType, MAX_TYPE)) return `mediaType must be a text of at most ${MAX_TYPE} characters`
  if (typeof binding !== "string" || !BINDING.test(binding) || OWN.has(binding))
    return "binding must name the protocol of an adapter, such as mqtt"
  if (!isName(originator) || !isName(principal))
    return `originator and principal must be null or texts of at most ${MAX_NAME} characters`
  if (traceparent !== null && !isText(traceparent, MAX_TYPE)) return "traceparent must be null or a text"
  return { bytes: Buffer.from(bytes, "base64"), mediaType, binding, originator, principal, traceparent }
}
