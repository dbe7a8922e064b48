/** The JSON Canonicalization Scheme (RFC 8785), of values that the strict parser gave: no lone surrogate, no lost digit. */
import { isObject, type Json } from "@assay/jose"

/** Members by their UTF-16 code units, as `sort` has them; numbers and strings as ECMAScript writes them. */
export const canonical = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item as Json)).join(",")}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name]!)}`)
  return `{${members.join(",")}}`
}
