/** The JSON of a kind, read strictly by its shape. */
import { parseStrict } from "@assay/jose"
import { formatPath, type Reader, readShape } from "@assay/jose/shape"
import type { Plain } from "../kind.ts"

export type ReadJson<Body> = { readonly body: Body } | { readonly problem: string }

export const readJson = <Body>(bytes: Uint8Array, shape: Reader<Body>, maximum: number): ReadJson<Body> => {
  if (bytes.length > maximum) return { problem: `is larger than ${maximum} bytes` }
  const json = parseStrict(bytes)
  if ("reason" in json) return { problem: json.detail }
  const read = readShape(shape, json.value)
  return "value" in read ? { body: read.value } : { problem: `${formatPath(read[0]!.path)} ${read[0]!.message}`.trim() }
}

export const plainOf = <Body>(read: ReadJson<Body>, file: string): Plain<Body> =>
  "problem" in read ? { body: null, problems: [`${file}: error: ${read.problem}`] } : { body: read.body, problems: [] }
