/** The JSON of a kind, read strictly by its shape. */
import { dssePayload, parseStrict, parseStrictObject } from "@assay/jose"
import { formatPath, lineOf, type Reader, readShape } from "@assay/jose/shape"
import type { Plain } from "../kind.ts"

export type ReadJson<Body> = { readonly body: Body } | { readonly problem: string }

/**
 * The body, or the first thing that is wrong with it. Never throws.
 * @param maximum bytes
 * @param whyOdd what no single member can tell; null where nothing is wrong
 * @param namesLine whether the line is named before the member: for files that people write
 */
export const readJson = <Body>(
  bytes: Uint8Array,
  shape: Reader<Body>,
  maximum: number,
  whyOdd: (body: Body) => string | null = () => null,
  namesLine = false,
): ReadJson<Body> => {
  if (bytes.length > maximum) return { problem: `is larger than ${maximum} bytes` }
  const json = parseStrict(bytes)
  if ("reason" in json) return { problem: json.detail }
  const read = readShape(shape, json.value)
  if (!("value" in read)) {
    const { path, message } = read[0]!
    const line = namesLine ? lineOf(new TextDecoder().decode(bytes), path) : undefined
    return { problem: `${line === undefined ? "" : `line ${line}: `}${`${formatPath(path)} ${message}`.trim()}` }
  }
  const odd = whyOdd(read.value)
  return odd === null ? { body: read.value } : { problem: odd }
}

/** The last millisecond that JavaScript can name (ECMA-262, 21.4.1.1): of what has no end of its own. */
export const NEVER = 8_640_000_000_000_000

export const plainOf = <Body>(read: ReadJson<Body>, file: string): Plain<Body> =>
  "problem" in read ? { body: null, problems: [`${file}: error: ${read.problem}`] } : { body: read.body, problems: [] }

/** What the payload of an envelope names, its signatures not checked; null where that is no text, or cannot be read. */
export const memberOf = (bytes: Uint8Array, member: (value: Record<string, unknown>) => unknown): string | null => {
  const payload = dssePayload(bytes)
  if (payload === null) return null
  const inner = parseStrictObject(payload)
  const found = "reason" in inner ? null : member(inner.value)
  return typeof found === "string" ? found : null
}
