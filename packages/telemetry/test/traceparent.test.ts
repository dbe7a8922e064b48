/** W3C Trace Context, section 3.2. */
import fc from "fast-check"
import { expect, test } from "vitest"
import { formatTraceparent, isSampled, parseTraceparent } from "../src/traceparent.ts"

const TRACE = "0af7651916cd43dd8448eb211c80319c"
const SPAN = "b7ad6b7169203331"

test("the example of the specification", () => {
  const parsed = parseTraceparent(`00-${TRACE}-${SPAN}-01`)!
  expect(parsed).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true })
  expect(isSampled(parsed)).toBe(true)
  expect(formatTraceparent(parsed)).toBe(`00-${TRACE}-${SPAN}-01`)
})

test.each([
  ["unknown flags are masked", `00-${TRACE}-${SPAN}-fe`],
  ["a higher version is read as far as it is known", `cc-${TRACE}-${SPAN}-00-what-the-future-will-be-like`],
])("%s", (_name, text) => {
  expect(parseTraceparent(text)).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 0 })
})

test.each([
  ["nothing", ""],
  ["version ff", `ff-${TRACE}-${SPAN}-01`],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
  ["a span id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["upper case", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ["more behind version 00", `00-${TRACE}-${SPAN}-01-more`],
  ["more without a dash behind a higher version", `cc-${TRACE}-${SPAN}-01.more`],
  ["a short trace id", `00-${TRACE.slice(1)}-${SPAN}-01`],
  ["a space before", ` 00-${TRACE}-${SPAN}-01`],
  ["a line end behind", `00-${TRACE}-${SPAN}-01\n`],
  ["one that never ends", `cc-${TRACE}-${SPAN}-01-${"x".repeat(10_000)}`],
])("%s is refused", (_name, text) => {
  expect(parseTraceparent(text)).toBeNull()
})

test("any text is either refused or comes out the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(parseTraceparent(text)).toBeNull()
    }),
  )
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9a-f]{31}[1-9a-f]$/),
      fc.stringMatching(/^[0-9a-f]{15}[1-9a-f]$/),
      fc.constantFrom("00", "01"),
      (trace, span, flags) => {
        const text = `00-${trace}-${span}-${flags}`
        expect(formatTraceparent(parseTraceparent(text)!)).toBe(text)
      },
    ),
  )
})
