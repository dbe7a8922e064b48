import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeCbor, type Encodable, encodeCbor, isCborFailure, splitSequence } from "../../src/index.ts"

const leaf = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array({ maxLength: 40 }).map((found) => Buffer.from(found)),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    leaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.string()), tie("value")), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
}))

describe("deterministic CBOR", () => {
  it("reads what it writes", () => {
    fc.assert(
      fc.property(value, (one) => {
        expect(decodeCbor(encodeCbor(one as Encodable))).toEqual(one)
      }),
    )
  })

  // A decimal fraction is the one value that is written otherwise: as the float that it stands for.
  const anew = (bytes: Uint8Array): void => {
    const found = decodeCbor(bytes)
    if (isCborFailure(found) || bytes.includes(0xc4)) return
    const again = encodeCbor(found)
    // A whole float is written as an integer: then it is read as the same number.
    if (!again.equals(bytes)) expect(decodeCbor(again)).toEqual(found)
  }

  it("reads one encoding of a value only: any bytes that it takes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), anew), { numRuns: 2_000 })
  })

  it("never throws, whatever byte is changed, left out or added", () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2), (one, place, byte, how) => {
        const bytes = encodeCbor(one as Encodable)
        const at = place % (bytes.length + 1)
        const rest = bytes.subarray(Math.min(bytes.length, how === 0 ? at : at + 1))
        anew(Buffer.concat([bytes.subarray(0, at), how === 2 ? Buffer.alloc(0) : Buffer.of(byte), rest]))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe("CBOR of any lengths and orders", () => {
  const loose = (hex: string) => decodeCbor(Buffer.from(hex, "hex"), "definite")

  it("is read, and each key stands once all the same", () => {
    expect(["1817", "1b0000000000000001", "fb3ff8000000000000"].map(loose)).toEqual([23, 1, 1.5])
    expect(loose("a203040102")).toEqual(
      new Map([
        [3, 4],
        [1, 2],
      ]),
    )
    // The same key in two lengths.
    expect(loose("a20102180104")).toMatchObject({ reason: "malformed_cbor" })
  })

  it.each(["9fff", "f97e00", "c06161", "f7", "0000", ""])("still refuses %s", (hex) => {
    expect(loose(hex)).toMatchObject({ reason: "malformed_cbor" })
  })
})

describe("a sequence (RFC 8742)", () => {
  const item = Buffer.from("d28443a1010aa0414243010203", "hex")

  it("is split at the ends of its items, tagged or not", () => {
    const rest = Buffer.from("83010203", "hex")
    expect(splitSequence(Buffer.concat([item, rest, item]), 3)).toEqual([item, rest, item])
    expect(splitSequence(Buffer.alloc(0), 3)).toEqual([])
  })

  it("is bounded, and must not end in the middle", () => {
    expect(splitSequence(Buffer.concat([item, item]), 1)).toMatchObject({ detail: "more than 1 items at byte 13" })
    expect(splitSequence(item.subarray(0, -1), 9)).toMatchObject({ reason: "malformed_cbor" })
    expect(splitSequence(Buffer.from("d2d2"), 9)).toMatchObject({ reason: "malformed_cbor" })
  })
})

describe("texts", () => {
  it("are read alike at each length, in ASCII or not, and refused where they are no UTF-8", () => {
    for (const length of [0, 1, 23, 24, 62, 63, 64, 65, 300])
      for (const end of ["", "a", "é", "€", "😀", "\u0000", "\u007f"]) {
        const text = "x".repeat(length) + end
        expect(decodeCbor(encodeCbor([text, text]))).toEqual([text, text])
        const bytes = encodeCbor(text)
        if (text === "") continue
        bytes[bytes.length - 1] = 0xc3
        expect(decodeCbor(bytes)).toMatchObject({ detail: expect.stringContaining("no UTF-8") })
      }
  })
})
