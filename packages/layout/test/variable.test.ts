/** Records with parts of variable size: texts, bytes, interned objects, and lists whose items have them. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { bytesUpTo, interned, list, nullable, recordLayout, type StateOf, safe, text, u8, u16 } from "../src/index.ts"

const hash = (text: string): Uint8Array => createHash("sha256").update(text).digest()

interface Word {
  readonly word: string
}
let made = 0
const words = interned(300, {
  store: ({ word }: Word) => word,
  hash,
  restore: (word) => {
    if (word.startsWith("refused")) throw new Error("no such word")
    made += 1
    return { word: word.startsWith("other") ? "another" : word }
  },
})

const LAYOUT = recordLayout({
  name: "sample",
  version: 3,
  fields: {
    title: text(20),
    level: u8(4),
    owner: nullable(text(70_000)),
    many: list(u16(), 300),
    raw: bytesUpTo(5),
    parts: list({ n: u8(7), name: text(40), word: words, inner: list({ x: safe(-1) }, 2), note: nullable(text(9)) }, 4),
    ends: list({ at: safe() }, 3),
  },
})
type State = StateOf<typeof LAYOUT>

const plainOf = (of: State) => ({
  title: of.title,
  level: of.level,
  owner: of.owner,
  many: [...of.many],
  raw: [...of.raw],
  parts: [...of.parts].map(({ n, name, word, inner, note }) => ({
    n,
    name,
    word: word.word,
    inner: [...inner].map(({ x }) => x),
    note,
  })),
  ends: [...of.ends].map(({ at }) => at),
})
type Plain = ReturnType<typeof plainOf>
type Draft = ReturnType<typeof LAYOUT.draft>
type Part = Plain["parts"][number]

const kept = new Map<string, Word>()
const wordOf = (word: string): Word => {
  const known = kept.get(word) ?? { word }
  kept.set(word, known)
  return known
}

const fill = (item: ReturnType<Draft["parts"]["at"]>, { n, name, word, inner, note }: Part): void => {
  Object.assign(item, { note, name, n, word: wordOf(word) })
  item.inner.clear()
  for (const x of inner) item.inner.push().x = x
}

const write = (value: Plain, from?: State): State => {
  const draft = LAYOUT.draft(from)
  const { title, level, owner, many, raw, parts, ends } = value
  draft.ends.clear()
  for (const at of ends) draft.ends.push().at = at
  draft.parts.clear()
  for (const one of parts) fill(draft.parts.push(), one)
  draft.many.clear()
  for (const one of many) draft.many.push(one)
  Object.assign(draft, { raw: Uint8Array.from(raw), owner, level, title })
  return LAYOUT.seal(draft)
}

const wellFormed = (maxLength: number) => fc.string({ unit: "binary", maxLength }).map((found) => found.toWellFormed())
const part: fc.Arbitrary<Part> = fc.record({
  n: fc.nat(255),
  name: wellFormed(10),
  word: wellFormed(60).filter((word) => !/^(refused|other)/.test(word)),
  inner: fc.array(fc.maxSafeInteger(), { maxLength: 2 }),
  note: fc.option(wellFormed(2)),
})
const values: fc.Arbitrary<Plain> = fc.record({
  title: wellFormed(5),
  level: fc.nat(255),
  owner: fc.option(fc.oneof(wellFormed(40), fc.constant("o".repeat(70_000)))),
  many: fc.array(fc.nat(0xffff), { maxLength: 300 }),
  raw: fc.array(fc.nat(255), { maxLength: 5 }),
  parts: fc.array(part, { maxLength: 4 }),
  ends: fc.array(fc.maxSafeInteger(), { maxLength: 3 }),
})
const PART: Part = { n: 1, name: "p", word: "w", inner: [5], note: null }
const SMALL: Plain = { title: "ä", level: 0, owner: null, many: [], raw: [1], parts: [PART], ends: [9] }

describe("a record with parts of variable size", () => {
  it("holds what was written, over whatever stood there, and comes back from its bytes", () => {
    fc.assert(
      fc.property(values, values, (before, after) => {
        const state = write(after, write(before))
        expect(plainOf(state)).toEqual(after)
        const bytes = LAYOUT.encode(state)
        expect(bytes.length).toBe(LAYOUT.sizeOf(state))
        expect(bytes.length).toBeLessThanOrEqual(LAYOUT.maxBytes)
        expect(plainOf(LAYOUT.decode(bytes))).toEqual(after)
        // Equal values have equal bytes, whatever stood there before.
        expect(LAYOUT.encode(write(after))).toEqual(bytes)
        const placed = Buffer.alloc(bytes.length + 6, 0xee)
        LAYOUT.write(state, placed, 3)
        expect(placed).toEqual(Buffer.concat([Buffer.alloc(3, 0xee), bytes, Buffer.alloc(3, 0xee)]))
      }),
    )
  })

  it("is changed in place like plain values are, whichever accessors are still at hand", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("insert"), at: fc.nat(4), part }),
      fc.record({ do: fc.constant("remove"), at: fc.nat(4) }),
      fc.record({ do: fc.constant("fill"), at: fc.nat(4), part }),
      fc.record({ do: fc.constant("name"), at: fc.nat(4), text: wellFormed(10) }),
      fc.record({ do: fc.constant("title"), text: wellFormed(5) }),
      fc.record({ do: fc.constant("many"), at: fc.nat(4), value: fc.nat(0xffff) }),
      fc.record({ do: fc.constant("end"), value: fc.maxSafeInteger() }),
    )
    fc.assert(
      fc.property(values, fc.array(step, { maxLength: 30 }), (start, steps) => {
        const model = structuredClone(start) as {
          title: string
          many: Array<number>
          parts: Array<Part>
          ends: Array<number>
        }
        const draft = LAYOUT.draft(write(start))
        const { parts, ends, many } = draft
        const held = parts.length > 0 ? parts.at(0) : null
        for (const one of steps) {
          if (one.do === "insert" && "part" in one && one.at <= model.parts.length && model.parts.length < 4) {
            fill(parts.insert(one.at), one.part)
            model.parts.splice(one.at, 0, one.part)
          } else if (one.do === "remove" && "at" in one && one.at < model.parts.length) {
            parts.remove(one.at)
            model.parts.splice(one.at, 1)
          } else if (one.do === "fill" && "part" in one && one.at < model.parts.length) {
            fill(parts.at(one.at), one.part)
            model.parts[one.at] = one.part
          } else if (one.do === "name" && "text" in one && "at" in one && one.at < model.parts.length) {
            parts.at(one.at).name = one.text
            model.parts[one.at] = { ...model.parts[one.at]!, name: one.text }
          } else if (one.do === "title" && "text" in one) {
            draft.title = one.text
            model.title = one.text
          } else if (
            one.do === "many" &&
            "value" in one &&
            "at" in one &&
            one.at <= model.many.length &&
            model.many.length < 300
          ) {
            many.insert(one.at, one.value)
            model.many.splice(one.at, 0, one.value)
          } else if (one.do === "end" && "value" in one && model.ends.length > 0) {
            ends.at(model.ends.length - 1).at = one.value
            model.ends[model.ends.length - 1] = one.value
          }
          // An accessor means the item at its index, wherever that now lies.
          if (held !== null && model.parts.length > 0) expect(held.name).toBe(model.parts[0]!.name)
        }
        expect(plainOf(LAYOUT.seal(draft))).toEqual(model)
      }),
    )
  })

  it("starts empty", () => {
    const draft = LAYOUT.draft()
    const item = draft.parts.push()
    item.word = wordOf("w")
    expect(plainOf(LAYOUT.seal(draft))).toEqual({
      title: "",
      level: 4,
      owner: null,
      many: [],
      raw: [],
      parts: [{ n: 7, name: "", word: "w", inner: [], note: null }],
      ends: [],
    })
  })

  it.each<[string, (draft: Draft) => void]>([
    ["a text that is too long", (draft) => Object.assign(draft, { title: "ä".repeat(11) })],
    ["a short text that is too long", (draft) => Object.assign(draft.parts.at(0), { note: "0123456789" })],
    ["half of a character", (draft) => Object.assign(draft, { title: "\ud800" })],
    ["a long text with half of a character", (draft) => Object.assign(draft, { owner: `${"o".repeat(100)}\udc00` })],
    ["too many bytes", (draft) => Object.assign(draft, { raw: new Uint8Array(6) })],
    [
      "an object whose text is too long",
      (draft) => Object.assign(draft.parts.at(0), { word: { word: "w".repeat(301) } }),
    ],
    ["a number that does not fit, between others", (draft) => draft.many.insert(0, 65_536)],
    ["an item where there is none", (draft) => draft.parts.insert(2)],
    ["an item too many in an item", (draft) => [1, 2].map(() => draft.parts.at(0).inner.push())],
  ])("refuses %s, and stays as it was", (name, change) => {
    const start = write({ ...SMALL, many: [1, 2, 3] })
    const draft = LAYOUT.draft(start)
    expect(() => change(draft)).toThrow(RangeError)
    if (name.endsWith("in an item")) draft.parts.at(0).inner.remove(1)
    expect(LAYOUT.seal(draft)).toEqual(start)
  })

  it("ends with its draft: nothing that was taken from it reaches the next one", () => {
    for (const end of [LAYOUT.seal, LAYOUT.discard]) {
      const draft = LAYOUT.draft(write(SMALL))
      const { parts, ends } = draft
      const item = parts.at(0)
      const { inner } = item
      end(draft)
      const next = LAYOUT.draft()
      const uses = [
        () => Object.assign(draft, { title: "x" }),
        () => Object.assign(draft, { owner: null }),
        () => draft.title,
        () => Object.assign(item, { name: "x" }),
        () => Object.assign(item, { n: 3 }),
        () => item.word,
        () => inner.push(),
        () => inner.length,
        () => parts.push(),
        () => parts.clear(),
        () => ends.remove(0),
      ]
      for (const use of uses) expect(use).toThrow(RangeError)
      expect(LAYOUT.seal(next)).toEqual(LAYOUT.seal(LAYOUT.draft()))
    }
  })
})

describe("an interned object", () => {
  it("is one object for all states that have it, also after they were stored", () => {
    const [one, two] = [write(SMALL), write({ ...SMALL, level: 9 })]
    const before = made
    expect(two.parts.at(0).word).toBe(one.parts.at(0).word)
    expect(LAYOUT.decode(LAYOUT.encode(two)).parts.at(0).word).toBe(one.parts.at(0).word)
    expect(made).toBe(before)
  })

  it("is made again from its text where it was forgotten: what is kept is bounded", () => {
    let restored = 0
    const long = interned(2 << 20, {
      store: ({ word }: Word) => word,
      hash,
      restore: (word) => {
        restored += 1
        return { word }
      },
    })
    const layout = recordLayout({ name: "long", version: 1, fields: { long } })
    const states = Array.from({ length: 24 }, (_, i) => {
      const draft = layout.draft()
      draft.long = { word: String.fromCharCode(97 + i).repeat(2 << 20) }
      return layout.seal(draft)
    })
    const first = (state: (typeof states)[number]): string => state.long.word.slice(0, 1)
    // 32 MiB are kept: of 24 texts of 2 MiB the last 15.
    expect(states.slice(-15).map(first).join("")).toBe("jklmnopqrstuvwx")
    expect(restored).toBe(0)
    expect(states.map(first).join("")).toBe("abcdefghijklmnopqrstuvwx")
    expect(restored).toBeGreaterThanOrEqual(9)
  })

  it("must be set before the record is sealed, and can be read only then", () => {
    const draft = LAYOUT.draft(write(SMALL))
    const item = draft.parts.push()
    expect(() => item.word).toThrow(RangeError)
    expect(() => LAYOUT.seal(draft)).toThrow("word at")
    expect(plainOf(write(SMALL))).toEqual(SMALL)
  })
})
