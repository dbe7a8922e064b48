import fc from "fast-check"
import { expect, it } from "vitest"
import { safeJson } from "../../src/kit/text.ts"

it("is the same value to a reader, whatever the strings hold", () => {
  const text = fc.string({ unit: "binary" })
  fc.assert(
    fc.property(
      fc.record({ a: text, b: fc.array(text), c: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      (value) => {
        expect(JSON.parse(safeJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      },
    ),
  )
})

it("holds nothing that a terminal or a splitter of lines acts upon", () => {
  const nasty = "\u0000\u001b[2J\n\r\u007f\u0085\u009b31m\u00ad\u061c\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\ud800"
  const line = safeJson({ nasty })
  expect(line).toMatch(/^[\x20-\x7e]*$/)
  expect(JSON.parse(line)).toEqual({ nasty })
})

it("leaves what people write as it is", () => {
  expect(safeJson({ text: "Lüftung 日本 😀" })).toBe('{"text":"Lüftung 日本 😀"}')
})
