/** Bytes that are no state: whatever is wrong with them, they are refused, and cost no more memory than they are long. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  array,
  bool,
  bytes,
  bytesUpTo,
  DamagedState,
  digest,
  type Fault,
  f64,
  interned,
  list,
  nullable,
  oneOf,
  type RecordFields,
  recordLayout,
  safe,
  text,
  u8,
  u16,
  u32,
  u48,
} from "../src/index.ts"

const hash = (text: string): Uint8Array => createHash("sha256").update(text).digest()
const word = interned(1 << 20, {
  hash,
  store: ({ word }: { readonly word: string }) => word,
  restore: (word) => {
    if (word.startsWith("refused")) throw new Error("no such word")
    return { word: word.startsWith("other") ? "another" : word }
  },
})
const item = { n: u8(), name: text(60_000), inner: list(u32(), 1000) }

/** A record of one field of each kind. */
const KINDS: ReadonlyArray<readonly [string, RecordFields[string]]> = [
  ["u8", u8()],
  ["u16", u16()],
  ["u32", u32()],
  ["u48", u48()],
  ["f64", f64()],
  ["safe", safe()],
  ["bool", bool()],
  ["oneOf", oneOf(["a", "b"])],
  ["bytes", bytes(20)],
  ["digest", digest()],
  ["array", array({ on: bool() }, 9)],
  ["list", list(u48(), 60_000)],
  ["list of named kinds", list({ at: safe(), on: bool() }, 200)],
  ["list of items of variable size", list(item, 200)],
  ["text", text(1 << 24)],
  ["bytesUpTo", bytesUpTo(1 << 24)],
  ["nullable", nullable(text(60_000))],
  ["interned", word],
]

const layoutOf = (kind: RecordFields[string]) => recordLayout({ name: "one", version: 1, fields: { kind } })

/** What is wrong; null where the bytes are a state. */
const faultOf = (layout: { decode(bytes: Uint8Array): unknown }, stored: Uint8Array): Fault | null => {
  try {
    layout.decode(stored)
    return null
  } catch (error) {
    expect(error).toBeInstanceOf(DamagedState)
    return (error as DamagedState).fault
  }
}

/** What it returns, and the bytes that it takes: the least of three times, for whatever else runs in the process takes some too. */
const memoryOf = <Result>(work: () => Result): readonly [Result, number] => {
  const total = (): number => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const once = (): readonly [Result, number] => {
    const before = total()
    const result = work()
    return [result, total() - before]
  }
  const [first, ...others] = [once(), once(), once()]
  return [first[0], Math.min(first[1], ...others.map(([, bytes]) => bytes))]
}

describe.each(KINDS)("%s", (_, kind) => {
  const layout = layoutOf(kind)

  it("is refused where it claims the most and nothing follows, without memory for what it claims", () => {
    const stored = Buffer.alloc(layout.minBytes, 0xff)
    stored[0] = 1
    const [fault, bytes] = memoryOf(() => faultOf(layout, stored))
    if ("valid" in kind || ("repeats" in kind && kind.repeats === "array")) {
      if (fault !== null) expect(fault).toBe("value")
    } else expect(["truncated", "oversize"]).toContain(fault)
    expect(bytes).toBeLessThan(256 << 10)
  })

  it("is refused where it is longer than any state, before anything else is looked at", () => {
    const stored = Buffer.alloc(layout.maxBytes + 1)
    const [fault, bytes] = memoryOf(() => faultOf(layout, stored))
    expect(fault).toBe("oversize")
    expect(bytes).toBeLessThan(256 << 10)
  })

  it("is one of both, whatever the bytes: refused as damaged, or a state with exactly these", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: layout.minBytes + 40 }), fc.boolean(), (junk, small) => {
        junk[0] = 1
        if (small) for (let i = 1; i < junk.length; i++) junk[i] = junk[i]! & 3
        if (faultOf(layout, junk) === null)
          expect(Buffer.from(layout.encode(layout.decode(junk)))).toEqual(Buffer.from(junk))
      }),
      { numRuns: 300 },
    )
  })
})

const ALL = recordLayout({
  name: "all",
  version: 1,
  fields: {
    owner: nullable(text(90)),
    items: list({ n: u8(), name: text(20), word, inner: list(u16(), 3) }, 3),
    many: list(safe(), 300),
    raw: bytesUpTo(9),
  },
})

const stored = (): Uint8Array => {
  const draft = ALL.draft()
  draft.owner = "n\u00e4me"
  for (const name of ["one", "two"]) {
    const one = draft.items.push()
    Object.assign(one, { n: 5, name, word: { word: `the word of ${name}` } })
    one.inner.push(258)
  }
  draft.many.push(7)
  draft.raw = Uint8Array.of(1, 2, 3)
  return ALL.encode(ALL.seal(draft))
}

it("a state with any one byte changed is refused, or another state with exactly these bytes", () => {
  const whole = stored()
  const seen = new Set<Fault | null>()
  for (let at = 0; at < whole.length; at++)
    for (const value of new Set([0, 1, whole[at]! ^ 1, whole[at]! ^ 0x80, 0x7f, 0xff])) {
      const changed = Uint8Array.from(whole)
      changed[at] = value
      const fault = faultOf(ALL, changed)
      seen.add(fault)
      if (fault === null) expect(Uint8Array.from(ALL.encode(ALL.decode(changed)))).toEqual(changed)
    }
  expect(seen).toEqual(new Set(["version", "truncated", "oversize", "value", null]))
})

it("a state that is cut anywhere, or longer, is refused", () => {
  const whole = stored()
  for (let length = 0; length < whole.length; length++)
    expect(faultOf(ALL, whole.subarray(0, length))).toBe(length === 0 ? "version" : "truncated")
  expect(faultOf(ALL, Uint8Array.of(...whole, 0))).toBe("oversize")
})

it("an interned text that is not what its hash says, or that nothing can be made of, is refused with the cause", () => {
  const layout = layoutOf(word)
  const of = (text: string): Uint8Array => {
    // The object says what is stored; that nothing can be made of the text is found when it is read.
    const draft = layout.draft()
    Object.assign(draft, { kind: { word: text } })
    return layout.encode(layout.seal(draft))
  }
  const fresh = layoutOf(
    interned(1 << 20, {
      hash,
      store: () => "another",
      restore: (text) => {
        if (text === "refused") throw new Error("no such word")
        return {}
      },
    }),
  )
  expect(() => fresh.decode(of("refused"))).toThrow("no such word")
  expect(() => fresh.decode(of("other"))).toThrow("is not how it would be stored")
  const changed = Uint8Array.from(of("a word"))
  changed[changed.length - 1]! ^= 1
  expect(() => layout.decode(changed)).toThrow("is not what its hash says")
  expect(() => fresh.decode(changed)).toThrow("is not what its hash says")
  expect(() => layout.decode(changed.with(changed.length - 1, 0xff))).toThrow(DamagedState)
  expect(layout.decode(of("a word"))).toMatchObject({ kind: { word: "a word" } })
})
