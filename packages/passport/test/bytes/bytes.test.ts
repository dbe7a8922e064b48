import fc from "fast-check"
import { expect, it } from "vitest"
import { fromBase64, fromPadded, toBase64 } from "../../src/bytes/bytes.ts"
import { readJson } from "../../src/bytes/json.ts"

it("base64 is Node's, in both alphabets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const buffer = Buffer.from(bytes)
      expect(toBase64(bytes)).toBe(buffer.toString("base64url"))
      expect(Buffer.from(fromBase64(toBase64(bytes))!)).toEqual(buffer)
      expect(Buffer.from(fromPadded(buffer.toString("base64"))!)).toEqual(buffer)
    }),
  )
})

it.each([
  ["padding", "AA=="],
  ["bits that are left over", "AB"],
  ["one letter too many", "AAAAA"],
  ["a letter of the other alphabet", "A+AA"],
  ["a space", "AA A"],
])("base64url with %s is refused", (_, text) => {
  expect(fromBase64(text)).toBeNull()
})

it.each([
  ["no padding", "AA"],
  ["too much padding", "AA==="],
  ["padding within", "A=AA"],
])("base64 with %s is refused", (_, text) => {
  expect(fromPadded(text)).toBeNull()
})

const read = (text: string): unknown => readJson(Buffer.from(text))

it("JSON is read as JSON.parse reads it, where every reader agrees", () => {
  expect(read('{"a":[1,"x\\"y:{}"],"b":{"c":null},"d":-0.5}')).toEqual({ a: [1, 'x"y:{}'], b: { c: null }, d: -0.5 })
})

it.each([
  ["a repeated member", '{"a":1,"a":2}'],
  ["a repeated member, spelt otherwise", '{"a":1,"\\u0061":2}'],
  ["__proto__", '{"__proto__":1}'],
  ["a number beyond 2^53", '{"a":9007199254740993}'],
  ["a lone surrogate", '{"a":"\\ud800"}'],
  ["a list", "[]"],
  ["no JSON", "{a:1}"],
  ["nesting too deep", `${'{"a":'.repeat(20)}1${"}".repeat(20)}`],
  ["a byte order mark", "\ufeff{}"],
])("JSON with %s is refused", (_, text) => {
  expect(read(text)).toBeNull()
})

it("bytes that are no UTF-8 are refused", () => {
  expect(readJson(Uint8Array.of(0x7b, 0xff, 0x7d))).toBeNull()
})
