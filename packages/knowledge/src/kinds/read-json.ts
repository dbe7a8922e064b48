/** The JSON of a kind, read strictly by its shape. */
import { parseStrict, parseStrictObject } from "@assay/jose"
import { formatPath, type Reader, readShape } from "@assay/jose/shape"
import type { Plain } from "../kind.ts"

export type ReadJson<Body> = { readonly body: Body } | { readonly problem: string }

/**
 * The body, or the first thing that is wrong with it. Never throws.
 * @param maximum bytes
 * @param whyOdd what no single member can tell; null where nothing is wrong
 */
export const readJson = <Body>(
  bytes: Uint8Array,
  shape: Reader<Body>,
  maximum: number,
  whyOdd: (body: Body) => string | null = () => null,
): ReadJson<Body> => {
  if (bytes.length > maximum) return { problem: `is larger than ${maximum} bytes` }
  const json = parseStrict(bytes)
  if ("reason" in json) return { problem: json.detail }
  const read = readShape(shape, json.value)
  if (!("value" in read)) return { problem: `${formatPath(read[0]!.path)} ${read[0]!.message}`.trim() }
  const odd = whyOdd(read.value)
  return odd === null ? { body: read.value } : { problem: odd }
}

export const plainOf = <Body>(read: ReadJson<Body>, file: string): Plain<Body> =>
  "problem" in read ? { body: null, problems: [`${file}: error: ${read.problem}`] } : { body: read.body, problems: [] }

/** What the payload of an envelope names, its signatures not checked; null where that is no text, or cannot be read. */
export const memberOf = (bytes: Uint8Array, member: (value: Record<string, unknown>) => unknown): string | null => {
  const envelope = parseStrictObject(bytes)
  const payload = "reason" in envelope ? undefined : envelope.value["payload"]
  if (typeof payload !== "string") return null
  const inner = parseStrictObject(Buffer.from(payload, "base64"))
  const found = "reason" in inner ? null : member(inner.value)
  return typeof found === "string" ? found : null
}
