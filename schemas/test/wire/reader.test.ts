import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WireError } from "../../src/wire/error.ts"
import { Reader, readString } from "../../src/wire/reader.ts"
import { Writer } from "../../src/wire/writer.ts"

const reading = (bytes: ReadonlyArray<number>): Reader => {
  const reader = new Reader()
  reader.begin(Buffer.from([0, 0, 0, 0, 1, ...bytes]), 1)
  return reader
}

const codeOf = (read: () => unknown): string => {
  try {
    return `read ${read()}`
  } catch (error) {
    return (error as WireError).code
  }
}

const written = (write: (to: Writer) => void): Reader => {
  const writer = new Writer()
  writer.begin(1)
  write(writer)
  const reader = new Reader()
  reader.begin(writer.end(), 1)
  return reader
}

describe("long", () => {
  it("carries every safe integer", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((to) => to.long(value)).long()).toBe(value)
      }),
    )
    for (const value of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(written((to) => to.long(value)).long()).toBe(value)
  })

  it.each([2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY])("does not write %d", (value) => {
    expect(() => new Writer().long(value)).toThrow(RangeError)
  })

  it("refuses what is no safe integer, and varints without end", () => {
    expect(codeOf(() => reading([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).long())).toBe(
      "not-wire-format",
    )
    expect(codeOf(() => reading([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).long())).toBe(
      "not-wire-format",
    )
    expect(codeOf(() => reading([0x80]).long())).toBe("truncated")
  })

  it("refuses an int that does not fit", () => {
    expect(codeOf(() => written((to) => to.long(2 ** 31)).int())).toBe("not-wire-format")
    expect(written((to) => to.int(-(2 ** 31))).int()).toBe(-(2 ** 31))
    expect(() => new Writer().int(2 ** 31)).toThrow(RangeError)
  })
})

describe("array", () => {
  it("reads blocks, also those that say their size", () => {
    expect(reading([2, 2, 0x61, 3, 8, 2, 0x62, 2, 0x63, 0]).array(readString)).toEqual(["a", "b", "c"])
  })

  it("asks for no more memory than the record could fill", () => {
    expect(codeOf(() => written((to) => to.long(2 ** 40)).array(readString))).toBe("truncated")
    expect(codeOf(() => written((to) => to.long(-(2 ** 40))).array(readString))).toBe("truncated")
  })
})

describe("word", () => {
  it("tells apart words that share a slot, and words that are not ASCII", () => {
    const words = [...Array.from({ length: 5000 }, (_, i) => `w${i}`), "é", "Ã©", "\u0000", "日本", "x".repeat(65)]
    const reader = written((to) => {
      to.strings(words)
      to.strings(words)
    })
    expect(reader.array((from) => from.word())).toEqual(words)
    expect(reader.array((from) => from.word())).toEqual(words)
  })
})

it("moves long records to a larger slab as they grow", () => {
  const texts = Array.from({ length: 40 }, (_, i) => "ü".repeat(i * 400))
  expect(written((to) => to.strings(texts)).array(readString)).toEqual(texts)
})
