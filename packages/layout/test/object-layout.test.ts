import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  bool,
  bytes,
  DamagedState,
  digest,
  encodedOnce,
  f64,
  list,
  mapped,
  nullable,
  oneOf,
  type StateOf,
  safe,
  text,
  u8,
  u48,
  valueLayout,
} from "../src/index.ts"

const KINDS = ["plain", "odd"] as const
let stored = 0
const upper = mapped(text(300), {
  store: ({ word }: { readonly word: string }) => {
    stored += 1
    return word
  },
  restore: (word) => {
    if (word === "refused") throw new Error("no such word")
    return { word }
  },
})

const LAYOUT = valueLayout({
  name: "sample",
  version: 3,
  fields: {
    kind: oneOf(KINDS),
    on: bool(),
    whole: safe(),
    real: f64(),
    offset: u48(),
    key: bytes(2),
    title: text(20),
    owner: nullable(text(70_000)),
    level: nullable(u8()),
    digests: list(digest(), 3),
    parts: encodedOnce(list({ word: upper, inner: list({ n: u8() }, 2) }, 300)),
  },
})
type State = StateOf<typeof LAYOUT>

const word = (maxLength: number) => fc.string({ unit: "binary", maxLength }).map((found) => found.toWellFormed())
const state: fc.Arbitrary<State> = fc.record({
  kind: fc.constantFrom(...KINDS),
  on: fc.boolean(),
  whole: fc.maxSafeInteger(),
  real: fc.double(),
  offset: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  key: fc.uint8Array({ minLength: 2, maxLength: 2 }),
  title: word(5),
  owner: fc.option(fc.oneof(word(40), fc.constant("o".repeat(70_000)))),
  level: fc.option(fc.nat(255)),
  digests: fc.array(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((raw) => Buffer.from(raw).toString("base64url")),
    { maxLength: 3 },
  ),
  parts: fc.array(
    fc.record({
      word: word(40)
        .filter((found) => found !== "refused")
        .map((found) => ({ word: found })),
      inner: fc.array(fc.record({ n: fc.nat(255) }), { maxLength: 2 }),
    }),
    { maxLength: 300 },
  ),
})
const SMALL: State = {
  kind: "odd",
  on: true,
  whole: -1,
  real: 0.1,
  offset: 2 ** 40,
  key: Uint8Array.of(1, 2),
  title: "ä",
  owner: null,
  level: 0,
  digests: [],
  parts: [{ word: { word: "w" }, inner: [] }],
}

const faultOf = (bytes: Uint8Array): string => {
  try {
    LAYOUT.decode(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedState)
    return (error as DamagedState).fault
  }
  return "none"
}

describe("a value", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(state, (one) => {
        const bytes = LAYOUT.encode(one)
        expect(bytes.length).toBeLessThanOrEqual(LAYOUT.maxBytes)
        expect(LAYOUT.decode(bytes)).toEqual(one)
        expect(LAYOUT.encode(one)).toEqual(bytes)
      }),
    )
  })

  it("keeps bytes that were given away", () => {
    fc.assert(
      fc.property(state, state, (a, b) => {
        const bytes = LAYOUT.encode(a)
        const copy = Buffer.from(bytes)
        LAYOUT.encode(b)
        expect(Buffer.from(bytes)).toEqual(copy)
      }),
    )
  })

  it("encodes a part that says so once for each object", () => {
    const before = stored
    const bytes = LAYOUT.encode(SMALL)
    const again = LAYOUT.encode({ ...SMALL, whole: 5 })
    expect(stored).toBe(before + 1)
    expect(LAYOUT.decode(again)).toEqual({ ...SMALL, whole: 5 })
    LAYOUT.encode({ ...SMALL, parts: [...SMALL.parts] })
    expect(stored).toBe(before + 2)
    expect(LAYOUT.decode(bytes)).toEqual(SMALL)
  })

  it.each<[string, Partial<State>]>([
    ["a text that is too long", { title: "ä".repeat(11) }],
    ["too many items", { digests: Array(4).fill("A".repeat(43)) }],
    ["too many items in an item", { parts: [{ word: { word: "" }, inner: [{ n: 1 }, { n: 2 }, { n: 3 }] }] }],
    ["a number that does not fit", { level: 256 }],
    ["an unsafe integer", { whole: 2 ** 53 }],
    ["another spelling of a digest", { digests: [`${"A".repeat(42)}B`] }],
    ["an unknown name", { kind: "even" as "odd" }],
    ["bytes of another length", { key: new Uint8Array(3) }],
  ])("never stores %s", (_, part) => {
    expect(() => LAYOUT.encode({ ...SMALL, ...part })).toThrow(RangeError)
    expect(LAYOUT.decode(LAYOUT.encode(SMALL))).toEqual(SMALL)
  })
})

describe("stored bytes", () => {
  it("that are cut anywhere, or longer, are refused", () => {
    fc.assert(
      fc.property(state, fc.double({ min: 0, max: 0.999, noNaN: true }), (one, cut) => {
        const bytes = LAYOUT.encode(one)
        const length = Math.floor(bytes.length * cut)
        expect(faultOf(bytes.subarray(0, length))).toBe(length === 0 ? "version" : "truncated")
        expect(faultOf(Buffer.concat([bytes, Uint8Array.of(0)]))).toBe("oversize")
      }),
    )
  })

  it("of another version, over a bound, or that no value has, are refused", () => {
    const bytes = LAYOUT.encode(SMALL)
    const wrong = (at: number, ...put: Array<number>): string => {
      const copy = Buffer.from(bytes)
      copy.set(put, at)
      return faultOf(copy)
    }
    expect(wrong(0, 2)).toBe("version")
    expect(wrong(1, 2)).toBe("value")
    expect(wrong(2, 9)).toBe("value")
    expect(wrong(3, ...new Uint8Array(Float64Array.of(0.5).buffer))).toBe("value")
    // 1 + 1 + 1 + 8 + 8 + 6 + 2 bytes before the title, whose length is 2; then whether there is an owner.
    expect(wrong(27, 21)).toBe("oversize")
    expect(wrong(30, 2)).toBe("oversize")
  })

  it("that cannot be restored are refused, with the cause", () => {
    const bytes = LAYOUT.encode({ ...SMALL, parts: [{ word: { word: "refused" }, inner: [] }] })
    expect(faultOf(bytes)).toBe("value")
    expect(() => LAYOUT.decode(bytes)).toThrow("no such word")
  })

  it("are never anything but a state or damaged", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (junk) => {
        faultOf(Uint8Array.of(3, ...junk))
      }),
      { numRuns: 2_000 },
    )
  })
})
