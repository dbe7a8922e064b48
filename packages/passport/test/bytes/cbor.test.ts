import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Cbor, decodeCbor, encodeCbor } from "../../src/bytes/cbor.ts"

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"))

/** RFC 8949, appendix A: those of the types that are read here. */
const VECTORS: ReadonlyArray<readonly [string, Cbor]> = [
  ["00", 0],
  ["17", 23],
  ["1818", 24],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["20", -1],
  ["3863", -100],
  ["3903e7", -1000],
  ["f6", null],
  ["40", new Uint8Array(0)],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["60", ""],
  ["6449455446", "IETF"],
  ["62c3bc", "\u00fc"],
  ["80", []],
  ["83010203", [1, 2, 3]],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
  ["a0", new Map()],
  [
    "a201020304",
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
  [
    "a26161016162820203",
    new Map<string, Cbor>([
      ["a", 1],
      ["b", [2, 3]],
    ]),
  ],
]

describe("RFC 8949, appendix A", () => {
  it.each(VECTORS)("%s", (text, value) => {
    expect(decodeCbor(hex(text))).toEqual(value)
    expect(Buffer.from(encodeCbor(value)).toString("hex")).toBe(text)
  })
})

describe("another encoding of a value, or none, is refused", () => {
  it.each([
    ["a length that would fit a shorter form", "1800"],
    ["an indefinite length", "9f01ff"],
    ["a chunked string", "5f42010243030405ff"],
    ["members out of order", "a203040102"],
    ["a member twice", "a201020103"],
    ["text that is no UTF-8", "61ff"],
    ["a float", "f93c00"],
    ["undefined", "f7"],
    ["a boolean", "f5"],
    ["a tag", "c100"],
    ["an integer beyond 2^53", "1bffffffffffffffff"],
    ["bytes behind the value", "0000"],
    ["an end too early", "4401"],
    ["a list that claims more than follows", "9a00ffffff"],
    ["a key that is a list", "a1800"],
    ["nothing", ""],
    ["nesting too deep", `${"81".repeat(20)}00`],
  ])("%s", (_, text) => {
    expect(decodeCbor(hex(text))).toBeUndefined()
  })

  it("a number that is no safe integer cannot be written", () => {
    expect(() => encodeCbor(1.5)).toThrow(TypeError)
  })
})

it("what is written is read again, and nothing that is read throws", () => {
  const leaf = fc.oneof(
    fc.maxSafeInteger(),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant(null),
  )
  const value = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 5 }),
    fc.array(fc.tuple(fc.maxSafeInteger(), leaf)).map((all) => new Map(all)),
  )
  fc.assert(
    fc.property(value, (one) => {
      expect(decodeCbor(encodeCbor(one as Cbor))).toEqual(one)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const found = decodeCbor(bytes)
      if (found !== undefined) expect(Buffer.from(encodeCbor(found))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 2_000 },
  )
})
