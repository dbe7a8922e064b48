/** RFC 8785, the example of section 3.2.2 and the order of section 3.2.3. */
import { type Json, parseStrict } from "@assay/jose"
import { describe, expect, it } from "vitest"
import { canonical } from "../src/jcs.ts"

const of = (text: string): string => {
  const read = parseStrict(Buffer.from(text))
  if ("reason" in read) throw new Error(read.detail)
  return canonical(read.value)
}

describe("canonical JSON", () => {
  it("writes numbers, strings and words as ECMAScript does", () => {
    const text = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`
    expect(of(text)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  it("sorts members by their UTF-16 code units", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"]
    const value: Json = Object.fromEntries(names.map((name) => [name, 0]))
    expect(Object.keys(JSON.parse(canonical(value)) as object)).toEqual(
      // JSON.parse puts names that are integers first.
      ["1", "\r", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"],
    )
  })
})
