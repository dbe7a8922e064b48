import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  array,
  bool,
  bytes,
  DamagedState,
  digest,
  type Fault,
  f64,
  list,
  oneOf,
  recordLayout,
  safe,
  u8,
  u16,
  u32,
  u48,
} from "../src/index.ts"

const MOODS = ["calm", "tense", "angry"] as const
const LAYOUT = recordLayout({
  name: "sample",
  version: 7,
  fields: {
    mood: oneOf(MOODS),
    on: bool(),
    small: u8(),
    middle: u16(),
    large: u32(),
    offset: u48(),
    whole: safe(-1),
    real: f64(0.5),
    key: bytes(3),
    hash: digest(),
    grid: array(f64(), 3),
    pairs: array({ left: u8(9), right: bool(true) }, 2),
    first: list({ name: u32(5), value: f64() }, 3),
    many: list(u16(), 300),
    last: list({ kind: oneOf(MOODS), at: u48() }, 4),
  },
})
type State = ReturnType<typeof LAYOUT.decode>

/** All of a state as plain values, read in the order of the declaration. */
const plain = (of: State) => {
  const items = <T, R>(
    { length, at }: { length: number; at(i: number): T },
    self: object,
    as: (item: T) => R,
  ): Array<R> => Array.from({ length }, (_, i) => as(at.call(self, i)))
  return {
    mood: of.mood,
    on: of.on,
    small: of.small,
    middle: of.middle,
    large: of.large,
    offset: of.offset,
    whole: of.whole,
    real: of.real,
    key: [...of.key],
    hash: of.hash,
    grid: items(of.grid, of.grid, (one) => one),
    pairs: items(of.pairs, of.pairs, ({ left, right }) => ({ left, right })),
    first: items(of.first, of.first, ({ name, value }) => ({ name, value })),
    many: items(of.many, of.many, (one) => one),
    last: items(of.last, of.last, ({ kind, at }) => ({ kind, at })),
  }
}
type Plain = ReturnType<typeof plain>

const real = fc.double({ noNaN: true })
const u48s = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const mood = fc.constantFrom(...MOODS)
const values: fc.Arbitrary<Plain> = fc.record({
  mood,
  on: fc.boolean(),
  small: fc.nat(0xff),
  middle: fc.nat(0xffff),
  large: fc.nat(0xffff_ffff),
  offset: u48s,
  whole: fc.maxSafeInteger(),
  real,
  key: fc.array(fc.nat(255), { minLength: 3, maxLength: 3 }),
  hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((raw) => Buffer.from(raw).toString("base64url")),
  grid: fc.array(real, { minLength: 3, maxLength: 3 }),
  pairs: fc.array(fc.record({ left: fc.nat(0xff), right: fc.boolean() }), { minLength: 2, maxLength: 2 }),
  first: fc.array(fc.record({ name: fc.nat(0xffff_ffff), value: real }), { maxLength: 3 }),
  many: fc.array(fc.nat(0xffff), { maxLength: 300 }),
  last: fc.array(fc.record({ kind: mood, at: u48s }), { maxLength: 4 }),
})

/** Writes all values, field by field, over `from`. */
const write = (value: Plain, from?: State): State => {
  const draft = LAYOUT.draft(from)
  const { key, grid, pairs, first, many, last, ...scalars } = value
  Object.assign(draft, scalars)
  draft.key = Uint8Array.from(key)
  for (const [i, one] of grid.entries()) draft.grid.set(i, one)
  for (const [i, one] of pairs.entries()) Object.assign(draft.pairs.at(i), one)
  draft.last.clear()
  for (const one of last) Object.assign(draft.last.push(), one)
  draft.many.clear()
  many.forEach((one, i) => {
    draft.many.push()
    draft.many.set(i, one)
  })
  draft.first.clear()
  for (const one of first) Object.assign(draft.first.push(), one)
  return LAYOUT.seal(draft)
}

const faultIn = (read: () => unknown): Fault | null => {
  try {
    read()
    return null
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedState)
    expect((error as DamagedState).code).toBe("damaged")
    return (error as DamagedState).fault
  }
}

/** What is wrong with stored bytes, by themselves and where they lie among others. */
const faultOf = (stored: Uint8Array): Fault | null => {
  const fault = faultIn(() => LAYOUT.decode(stored))
  const among = Buffer.concat([Buffer.from("before"), stored, Buffer.from("behind")])
  expect(faultIn(() => LAYOUT.checkedView(among, 6, stored.length))).toBe(fault)
  // Nothing behind the end counts, nor what was read before.
  if (stored.length > 0)
    expect(faultIn(() => LAYOUT.checkedView(among.subarray(0, 6 + stored.length - 1), 6, stored.length))).toBe(
      faultIn(() => LAYOUT.decode(stored.subarray(0, -1))),
    )
  return fault
}

describe("a record", () => {
  it("holds what was written, over whatever stood there, and comes back from its bytes", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const state = write(after, write(before))
        expect(plain(state)).toEqual(after)
        const stored = LAYOUT.encode(state)
        expect(stored.length).toBeGreaterThanOrEqual(LAYOUT.minBytes)
        expect(stored.length).toBeLessThanOrEqual(LAYOUT.maxBytes)
        expect(LAYOUT.decode(stored)).toEqual(state)
        expect(plain(LAYOUT.decode(stored))).toEqual(after)
        // Equal values have equal bytes, whatever stood there before.
        expect(LAYOUT.encode(write(after))).toEqual(stored)
      }),
    )
  })

  it("never changes, however states and drafts are used in turns", () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const [first, second] = [write(a), write(b)]
        const draft = LAYOUT.draft(first)
        draft.small = 1
        const other = LAYOUT.draft(second)
        other.small = 2
        expect([first.small, second.small, draft.small, other.small]).toEqual([a.small, b.small, 1, 2])
        const third = write(c, first)
        expect([plain(first), plain(second), plain(third)]).toEqual([a, b, c])
        expect(LAYOUT.seal(draft).small).toBe(1)
        LAYOUT.discard(other)
        expect(plain(second)).toEqual(b)
      }),
    )
  })

  it("is read, copied and changed where somebody else keeps its bytes, as if they were its own", () => {
    fc.assert(
      fc.property(values, values, fc.nat(40), (one, other, at) => {
        const memory = Buffer.alloc(at + 2 * LAYOUT.maxBytes)
        const [first, second] = [write(one), write(other)]
        LAYOUT.write(first, memory, at)
        const behind = at + LAYOUT.sizeOf(first)
        LAYOUT.write(second, memory, behind)
        const views = [
          LAYOUT.view(memory, at, LAYOUT.sizeOf(first)),
          LAYOUT.view(memory, behind, LAYOUT.sizeOf(second)),
        ] as const
        // In turns, for both are read through the same buffer.
        for (let turn = 0; turn < 2; turn++) expect(views.map((view) => plain(view))).toEqual([one, other])
        expect(LAYOUT.encode(views[0])).toEqual(LAYOUT.encode(first))
        const copy = Buffer.alloc(LAYOUT.sizeOf(views[1]))
        LAYOUT.write(views[1], copy, 0)
        expect(LAYOUT.decode(copy)).toEqual(second)
        expect(plain(write(other, views[0]))).toEqual(other)
        expect(plain(views[0])).toEqual(one)
      }),
    )
  })

  it("starts with the initial values", () => {
    const draft = LAYOUT.draft()
    draft.first.push()
    const state = LAYOUT.seal(draft)
    expect(plain(state)).toMatchObject({ mood: "calm", on: false, small: 0, whole: -1, real: 0.5, key: [0, 0, 0] })
    expect(plain(state)).toMatchObject({ hash: "A".repeat(43), grid: [0, 0, 0], many: [], last: [] })
    expect(plain(state)).toMatchObject({
      pairs: Array(2).fill({ left: 9, right: true }),
      first: [{ name: 5, value: 0 }],
    })
  })

  it("adds and removes items like an array", () => {
    const step = fc.oneof(fc.constant("shift"), fc.constant("clear"), fc.nat(0xffff_ffff))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const draft = LAYOUT.draft()
        draft.last.push().at = 77
        const model: Array<number> = []
        for (const one of steps) {
          if (one === "clear") {
            draft.first.clear()
            model.length = 0
          } else if (typeof one === "number" && model.length < 3) {
            draft.first.push().name = one
            model.push(one)
          } else if (one === "shift" && model.length > 0) {
            draft.first.remove(0)
            model.shift()
          } else if (one === "shift") expect(() => draft.first.remove(0)).toThrow(RangeError)
          else expect(() => draft.first.push()).toThrow(RangeError)
        }
        const { first, last } = plain(LAYOUT.seal(draft))
        expect(first.map(({ name }) => name)).toEqual(model)
        expect(last).toEqual([{ kind: "calm", at: 77 }])
      }),
    )
  })

  it.each<[string, (draft: ReturnType<typeof LAYOUT.draft>) => void]>([
    [
      "a u8 above 255",
      (draft) => {
        draft.small = 256
      },
    ],
    [
      "a negative u16",
      (draft) => {
        draft.middle = -1
      },
    ],
    [
      "a fraction as u32",
      (draft) => {
        draft.large = 0.5
      },
    ],
    [
      "a u48 of 2^48",
      (draft) => {
        draft.offset = 2 ** 48
      },
    ],
    [
      "an unsafe integer",
      (draft) => {
        draft.whole = 2 ** 53
      },
    ],
    [
      "an unknown name",
      (draft) => {
        draft.mood = "sad" as "calm"
      },
    ],
    [
      "two bytes for three",
      (draft) => {
        draft.key = new Uint8Array(2)
      },
    ],
    [
      "a digest in another spelling",
      (draft) => {
        draft.hash = `${"A".repeat(42)}B`
      },
    ],
    [
      "an item that is not there",
      (draft) => {
        draft.last.at(0).at = 1
      },
    ],
    [
      "an index that is none",
      (draft) => {
        draft.grid.set(3, 1)
      },
    ],
  ])("refuses %s, and stays as it was", (_, change) => {
    const draft = LAYOUT.draft()
    expect(() => change(draft)).toThrow(RangeError)
    expect(LAYOUT.seal(draft)).toEqual(LAYOUT.seal(LAYOUT.draft()))
  })

  it("ends with its draft: nothing that was taken from it reaches the next one", () => {
    for (const end of [LAYOUT.seal, LAYOUT.discard]) {
      const draft = LAYOUT.draft()
      const item = draft.first.push()
      const { grid } = draft
      end(draft)
      const next = LAYOUT.draft()
      expect(() => {
        draft.small = 1
      }).toThrow(RangeError)
      expect(() => {
        item.value = 1
      }).toThrow(RangeError)
      expect(() => grid.set(0, 1)).toThrow(RangeError)
      expect(() => LAYOUT.seal(draft)).toThrow(TypeError)
      expect(() => LAYOUT.discard(draft)).toThrow(TypeError)
      expect(LAYOUT.seal(next)).toEqual(LAYOUT.seal(LAYOUT.draft()))
    }
  })
})

describe("stored bytes", () => {
  it("that are cut anywhere, or longer, are refused", () => {
    fc.assert(
      fc.property(
        values,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.uint8Array({ minLength: 1 }),
        (value, cut, rest) => {
          const stored = LAYOUT.encode(write(value))
          const length = Math.floor(stored.length * cut)
          expect(faultOf(stored.subarray(0, length))).toBe(length === 0 ? "version" : "truncated")
          expect(faultOf(Buffer.concat([stored, rest]))).toBe("oversize")
        },
      ),
    )
  })

  it("of another version are refused", () => {
    const stored = LAYOUT.encode(LAYOUT.seal(LAYOUT.draft()))
    stored[0] = 8
    expect(faultOf(stored)).toBe("version")
    expect(() => LAYOUT.decode(stored)).toThrow("sample: version 8, where only 7 is known")
  })

  it("that no value has are refused", () => {
    const draft = LAYOUT.draft()
    draft.last.push()
    const stored = LAYOUT.encode(LAYOUT.seal(draft))
    const wrong = (at: number, ...put: Array<number>): Fault | null => {
      const copy = Buffer.from(stored)
      copy.set(put, at)
      return faultOf(copy)
    }
    // mood, on; `whole` behind 1 + 1 + 1 + 1 + 2 + 4 + 6 bytes, 0.5 in it; the count of `first` is the fourth last of the head
    expect(wrong(1, 3)).toBe("value")
    expect(wrong(2, 2)).toBe("value")
    expect(wrong(16, ...new Uint8Array(Float64Array.of(0.5).buffer))).toBe("value")
    expect(wrong(LAYOUT.minBytes - 4, 4)).toBe("oversize")
    expect(wrong(LAYOUT.minBytes, 3)).toBe("value")
  })

  it("are one of both: refused as damaged, or a state with exactly these bytes", () => {
    const size = LAYOUT.minBytes
    fc.assert(
      fc.property(fc.uint8Array({ minLength: size, maxLength: size + 60 }), fc.boolean(), (junk, plausible) => {
        junk[0] = 7
        if (plausible) junk.fill(0, 1)
        if (faultOf(junk) === null) expect(Buffer.from(LAYOUT.encode(LAYOUT.decode(junk)))).toEqual(Buffer.from(junk))
      }),
      { numRuns: 2_000 },
    )
  })
})

it("refuses names that are its own, or no plain names", () => {
  for (const name of ["view", "sealed", "constructor", "a-b", "x;y", "__proto__", ""])
    expect(() =>
      recordLayout({ name: "bad", version: 1, fields: { [name]: u8() } as { x: ReturnType<typeof u8> } }),
    ).toThrow(TypeError)
})
