import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Json, parseStrict } from "../../src/index.ts"
import { ARRAY, OBJECT, PlainReader } from "../../src/json/plain.ts"

const reader = new PlainReader()
const NO = Symbol("gave up")

/** Reads any value, by what it begins with. A member that comes twice is the caller's to refuse. */
const readValue = (byte: number | undefined, next: () => number | undefined): Json | typeof NO => {
  if (byte === OBJECT) {
    const object: Record<string, Json> = {}
    if (!reader.opens(OBJECT)) return NO
    for (let name = reader.member(); name !== null; name = reader.member()) {
      const value = readValue(next(), next)
      if (value === NO || Object.hasOwn(object, name) || name === "__proto__") return NO
      object[name] = value
    }
    return object
  }
  if (byte === ARRAY) {
    const array: Array<Json> = []
    if (!reader.opens(ARRAY)) return NO
    while (reader.item()) {
      const value = readValue(next(), next)
      if (value === NO) return NO
      array.push(value)
    }
    return array
  }
  if (byte === 0x22) return array0(reader.word())
  if (byte === 0x6e) return reader.textOrNull()
  if (byte === 0x74 || byte === 0x66) return reader.boolean()
  return reader.number()
}
const array0 = <T>(value: T): T => value

const readAll = (bytes: Buffer): Json | typeof NO => {
  reader.begin(bytes)
  const next = (): number | undefined => bytes[(reader as unknown as { at: number }).at]
  const value = readValue(next(), next)
  return reader.ends() ? value : NO
}

const mutated = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(255), fc.constantFrom("keep", "change", "remove", "insert"))
  .map(([text, where, byte, what]) => {
    const bytes = Buffer.from(text)
    const at = bytes.length === 0 ? 0 : where % bytes.length
    const put = what === "change" || what === "insert" ? Buffer.of(byte) : Buffer.alloc(0)
    const behind = bytes.subarray(at + (what === "change" || what === "remove" ? 1 : 0))
    return Buffer.concat([bytes.subarray(0, at), put, behind])
  })

describe("the plain reader", () => {
  it("reads nothing that strict JSON is not, and nothing as another value", () => {
    let read = 0
    fc.assert(
      fc.property(mutated, (bytes) => {
        const found = readAll(bytes)
        if (found === NO) return
        read++
        expect(parseStrict(bytes)).toEqual({ value: found })
      }),
      { numRuns: 4_000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  it("reads what machines write", () => {
    const value = {
      a: [1, -2.5, 0.001, 18.132, 1016.709, 123456789012345],
      b: { c: "x y", d: true, e: null, f: [] },
      g: {},
    }
    expect(readAll(Buffer.from(JSON.stringify(value)))).toEqual(value)
  })

  it("reads numbers to the very double, or gives up", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 0, maxLength: 17 })
    let read = 0
    fc.assert(
      fc.property(
        digits,
        fc.option(digits),
        fc.boolean(),
        fc.constantFrom("", "e1", "E+2"),
        (whole, part, minus, e) => {
          const text = `${minus ? "-" : ""}${whole}${part === null ? "" : `.${part}`}${e}`
          const found = readAll(Buffer.from(text))
          if (found === NO) return
          read++
          expect(Object.is(found, JSON.parse(text))).toBe(true)
        },
      ),
      { numRuns: 4_000 },
    )
    expect(read).toBeGreaterThan(300)
  })

  it.each([
    "01",
    "1.",
    ".5",
    "-",
    "-0",
    "1e3",
    "+1",
    "1234567890123456",
    '"\\u0041"',
    '"\u00e9"',
    "[1,]",
    "[,1]",
    "{}x",
    " {}",
    "[1 ]",
    '{"a":1,}',
    '{"a"}',
    "nul",
    "truth",
    "",
  ])("gives up at %s", (text) => {
    expect(readAll(Buffer.from(text))).toBe(NO)
  })
})
