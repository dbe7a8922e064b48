import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { array, bytesUpTo, DamagedState, list, nullable, recordLayout, safe, text, u8, u16, u32 } from "../src/index.ts"

const ITEM = { key: u16(), why: nullable(text(20)), seen: list(u8(), 4) }
const SHARED = {
  head: safe(-1),
  name: text(30),
  raw: bytesUpTo(10),
  grid: array(u16(), 3),
  pairs: array({ left: u8(), right: u8() }, 2),
  marks: list(u32(), 5),
  held: list(ITEM, 3),
}
const FIRST = recordLayout({ name: "sample", version: 1, fields: { gone: u8(5), ...SHARED, moved: u8(), kind: u8() } })
const SECOND = recordLayout({
  name: "sample",
  version: 2,
  // Another order, one field less, one more, one that holds something else, one that became a list, one item with more in it.
  fields: { later: u32(7), ...SHARED, held: list({ more: u8(3), ...ITEM }, 4), twice: u16(), kind: list(u8(), 2) },
  former: {
    layout: FIRST,
    bring: (before, draft) => {
      draft.twice = 2 * before.moved
    },
  },
})
const THIRD = recordLayout({
  name: "sample",
  version: 3,
  fields: { ...SHARED, twice: u16(), end: u8(9) },
  former: { layout: SECOND },
})

const values = fc.record({
  head: fc.integer({ min: -1, max: 2 ** 40 }),
  name: fc.string({ unit: "grapheme-ascii", maxLength: 30 }),
  raw: fc.uint8Array({ maxLength: 10 }),
  grid: fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 3, maxLength: 3 }),
  marks: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 5 }),
  held: fc.array(
    fc.record({
      key: fc.integer({ min: 0, max: 65_535 }),
      why: fc.option(fc.string({ unit: "grapheme-ascii", maxLength: 20 })),
      seen: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 }),
    }),
    { maxLength: 3 },
  ),
  moved: fc.integer({ min: 0, max: 255 }),
})
type Values = typeof values extends fc.Arbitrary<infer T> ? T : never

const stateOf = (given: Values) => {
  const draft = FIRST.draft()
  draft.head = given.head
  draft.name = given.name
  draft.raw = Buffer.from(given.raw)
  for (const [n, value] of given.grid.entries()) draft.grid.set(n, value)
  draft.pairs.at(1).right = given.moved
  for (const value of given.marks) draft.marks.push(value)
  for (const { key, why, seen } of given.held) {
    const item = draft.held.push()
    item.key = key
    item.why = why
    for (const value of seen) item.seen.push(value)
  }
  draft.moved = given.moved
  draft.kind = 4
  return FIRST.seal(draft)
}

const shared = (of: Pick<ReturnType<typeof SECOND.decode>, keyof typeof SHARED>) => ({
  head: of.head,
  name: of.name,
  raw: [...of.raw],
  grid: [...of.grid],
  right: of.pairs.at(1).right,
  marks: [...of.marks],
  held: [...of.held].map((item) => ({ key: item.key, why: item.why, seen: [...item.seen] })),
})

describe("a layout with a former one", () => {
  it("reads states of the version before: what both have by name, and what is brought over", () => {
    fc.assert(
      fc.property(values, (given) => {
        const stored = FIRST.encode(stateOf(given))
        const state = SECOND.decode(stored)
        const expected = { ...given, raw: [...given.raw], right: given.moved, moved: undefined }
        const { moved, ...wanted } = expected
        expect(shared(state)).toEqual(wanted)
        expect([state.later, state.twice, state.kind.length]).toEqual([7, 2 * given.moved, 0])
        for (const item of state.held) expect(item.more).toBe(3)
        // It is one of this version from then on.
        expect(SECOND.encode(state)[0]).toBe(2)
        expect(shared(SECOND.decode(SECOND.encode(state)))).toEqual(wanted)
      }),
      { numRuns: 100 },
    )
  })

  it("reads those before by the former's own former, in their place too", () => {
    const stored = FIRST.encode(
      stateOf({ head: 3, name: "n", raw: new Uint8Array(), grid: [1, 2, 3], marks: [], held: [], moved: 21 }),
    )
    const row = Buffer.concat([Buffer.alloc(7), stored, Buffer.alloc(5)])
    const state = THIRD.checkedView(row, 7, stored.length)
    row.fill(0)
    expect([state.head, state.twice, state.end]).toEqual([3, 42, 9])
    expect(THIRD.versions).toEqual([3, 2, 1])
  })

  it("refuses what none of them has written, damage of a former version, and a version that is said twice", () => {
    expect(() => SECOND.decode(Buffer.from([3, 0, 0]))).toThrow("version 3, where only 2, 1 are known")
    const stored = FIRST.encode(
      stateOf({ head: 3, name: "n", raw: new Uint8Array(), grid: [1, 2, 3], marks: [], held: [], moved: 21 }),
    )
    expect(() => SECOND.decode(stored.subarray(0, stored.length - 1))).toThrow(DamagedState)
    expect(() => FIRST.decode(SECOND.encode(SECOND.decode(stored)))).toThrow("version 2, where only 1 is known")
    expect(() => recordLayout({ name: "x", version: 1, fields: { a: u8() }, former: { layout: FIRST } })).toThrow(
      TypeError,
    )
  })
})
