import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MAX_DEPTH, parseStrict } from "../../src/json/strict.ts"

const parse = (text: string) => parseStrict(Buffer.from(text))

describe("strict JSON", () => {
  it.each([
    ["a repeated member", '{"a":1,"a":1}'],
    ["a repeated member, deep", '[{"b":{"a":1,"c":{},"a":2}}]'],
    ["a member repeated in another spelling", '{"a":1,"\\u0061":2}'],
    ["a repeated member whose values hold colons and quotes", '{"a":"x\\":y","a":":"}'],
    ["an unsafe integer", '{"a":9007199254740993}'],
    ["an unsafe negative integer", "[-9007199254740993]"],
    ["an unsafe integer beside text with digits", '["9007199254740992", 9007199254740993]'],
    ["an unsafe integer behind a quote in text", '["\\"1", 36028797018963969]'],
    ["an unsafe integer with zeros behind", "[12345678901234567890000]"],
    ["an unsafe integer with an exponent", "[12345678901234567891e3]"],
    ["more digits than any number has", `[1${"0".repeat(120)}1]`],
    ["a number beyond doubles", "[1e400]"],
    ["a lone surrogate", '["\\ud800"]'],
    ["a lone surrogate in a name", '{"\\udc00":1}'],
    ["__proto__", '{"__proto__":{"admin":true}}'],
    ["__proto__ in another spelling", '{"\\u005f_proto__":1}'],
    ["a byte order mark", "\ufeff{}"],
    ["text after the value", "{} x"],
    ["two values", "{}{}"],
    ["a trailing comma", "[1,]"],
    ["a comment", "[1/**/]"],
    ["a bare word", "[NaN]"],
    ["a leading zero", "[01]"],
    ["nothing", ""],
    ["an unfinished string", '{"a'],
    ["an unfinished escape", '"\\'],
    ["too many levels", "[".repeat(MAX_DEPTH + 1) + "]".repeat(MAX_DEPTH + 1)],
    ["fifty thousand levels", '{"a":'.repeat(50_000)],
  ])("refuses %s", (_, text) => {
    expect(parse(text)).toMatchObject({ reason: "malformed" })
  })

  it.each([
    ["overlong UTF-8", "22c08022"],
    ["an encoded surrogate", "22eda08022"],
    ["a cut sequence", "22c322"],
    ["Latin-1", "22e922"],
  ])("refuses %s", (_, hex) => {
    expect(parseStrict(Buffer.from(hex, "hex"))).toMatchObject({ reason: "malformed" })
  })

  it("takes the deepest allowed, the largest integer, a surrogate pair and names such as constructor", () => {
    const deep = "[".repeat(MAX_DEPTH) + "]".repeat(MAX_DEPTH)
    expect(parse(deep)).toHaveProperty("value")
    expect(parse("[9007199254740991,-0,1.5e3,0.1]")).toEqual({ value: [Number.MAX_SAFE_INTEGER, -0, 1500, 0.1] })
    expect(parse('"\\ud83d\\ude00 \u00e9 {[:"')).toEqual({ value: "\u{1f600} \u00e9 {[:" })
    expect(parse('{"constructor":1,"toString":2,"1":3}')).toEqual({ value: { 1: 3, constructor: 1, toString: 2 } })
  })

  it("agrees with JSON.parse on whatever a serializer writes", () => {
    const value = fc.jsonValue({ maxDepth: 6 }).filter((v) => !JSON.stringify(v).includes("__proto__"))
    fc.assert(
      fc.property(value, (v) => {
        const text = JSON.stringify(v)
        const result = parse(text)
        // fast-check also makes doubles beyond 2^53, which are integers that doubles cannot hold exactly.
        if ("reason" in result) expect(text).toMatch(/\d{16}|e\+/)
        else expect(result.value).toEqual(JSON.parse(text))
      }),
    )
  })

  it("finds any member that is repeated anywhere", () => {
    const name = fc.string({ maxLength: 6 }).filter((n) => n !== "__proto__")
    const key = (n: string) => JSON.stringify(n)
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (names, pick, depth) => {
        const members = names.map((n, i) => `${key(n)}:${i}`)
        const twice = [...members, `${key(names[pick % names.length]!)}:"x"`]
        const nest = (inner: string) => '{"o":['.repeat(depth % 10) + inner + "]}".repeat(depth % 10)
        expect(parse(nest(`{${members.join(",")}}`))).toHaveProperty("value")
        expect(parse(nest(`{${twice.join(",")}}`))).toEqual({ reason: "malformed", detail: "a repeated member" })
      }),
    )
  })

  it("never throws, and takes nothing that JSON.parse refuses", () => {
    const soup = fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0a1e-.tfn \u00e9'), maxLength: 30 })
    fc.assert(
      fc.property(
        fc.oneof(
          soup.map((t) => Buffer.from(t)),
          fc.uint8Array({ maxLength: 40 }),
        ),
        (bytes) => {
          const result = parseStrict(bytes)
          if ("value" in result) expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(result.value)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it.each([
    "1.0e20",
    "1e20",
    "-9007199254740992",
    "100000000000000000000",
    "1.5E300",
    "6.02214076e+23",
    "1.7976931348623157e308",
    "18014398509481984",
    "1.00000000000000000000e20",
  ])("takes %s, of which a double keeps every digit", (written) =>
    expect(parse(`[${written}]`)).toEqual({ value: [Number(written)] }),
  )

  it("takes every double that a serializer writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse(JSON.stringify([value]))).toEqual({ value: JSON.parse(JSON.stringify([value])) })
      }),
    )
  })
})
