/** RFC 8949, appendix A: the examples that are deterministic (section 4.2.1) and of a type that is read, and those that are not. */
import { describe, expect, it } from "vitest"
import { decodeCbor, encodeCbor, Float } from "../../src/index.ts"

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex")

const BOTH: ReadonlyArray<readonly [hex: string, value: unknown]> = [
  ["00", 0],
  ["01", 1],
  ["0a", 10],
  ["17", 23],
  ["1818", 24],
  ["1819", 25],
  ["1864", 100],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
  ["3b001ffffffffffffe", Number.MIN_SAFE_INTEGER],
  ["20", -1],
  ["29", -10],
  ["3863", -100],
  ["3903e7", -1000],
  ["f98000", -0],
  ["f93e00", 1.5],
  ["fb3ff199999999999a", 1.1],
  ["fa7f7fffff", 3.4028234663852886e38],
  ["fb7e37e43c8800759c", 1.0e300],
  ["f90001", 2 ** -24],
  ["f90400", 0.00006103515625],
  ["fbc010666666666666", -4.1],
  ["f4", false],
  ["f5", true],
  ["f6", null],
  ["40", bytes("")],
  ["4401020304", bytes("01020304")],
  ["60", ""],
  ["6161", "a"],
  ["6449455446", "IETF"],
  ["62225c", '"\\'],
  ["62c3bc", "\u00fc"],
  ["63e6b0b4", "\u6c34"],
  ["64f0908591", "\u{10151}"],
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
    new Map<string, unknown>([
      ["a", 1],
      ["b", [2, 3]],
    ]),
  ],
  ["826161a161626163", ["a", new Map([["b", "c"]])]],
]

/** Rightly encoded, and whole numbers all the same. */
const FLOATS: ReadonlyArray<readonly [hex: string, value: number]> = [
  ["f90000", 0],
  ["f93c00", 1],
  ["f97bff", 65_504],
  ["f9c400", -4],
  ["fa47c35000", 100_000],
]

const REFUSED: ReadonlyArray<readonly [hex: string, detail: string]> = [
  ["1b0020000000000000", "a number beyond 2^53 at byte 0"],
  ["3b001fffffffffffff", "a number beyond 2^53 at byte 0"],
  ["1bffffffffffffffff", "a number beyond 2^53 at byte 0"],
  ["3bffffffffffffffff", "a number beyond 2^53 at byte 0"],
  ["c249010000000000000000", "a tag that is not understood at byte 0"],
  ["f97c00", "a float that is no number at byte 0"],
  ["f97e00", "a float that is no number at byte 0"],
  ["f97c00", "a float that is no number at byte 0"],
  ["fa7f800000", "a float that is no number at byte 0"],
  ["fb7ff0000000000000", "a float that is no number at byte 0"],
  ["f7", "a simple value other than false, true and null at byte 0"],
  ["f0", "a simple value other than false, true and null at byte 0"],
  ["f8ff", "a simple value other than false, true and null at byte 0"],
  ["c074323031332d30332d32315432303a30343a30305a", "a tag that is not understood at byte 0"],
  ["d818456449455446", "a tag that is not understood at byte 0"],
  ["5f42010243030405ff", "an indefinite or reserved length at byte 0"],
  ["7f657374726561646d696e67ff", "an indefinite or reserved length at byte 0"],
  ["9fff", "an indefinite or reserved length at byte 0"],
  ["bf61610161629f0203ffff", "an indefinite or reserved length at byte 0"],
  // Not in the appendix: the same values in another encoding.
  ["1817", "a number longer than it need be at byte 0"],
  ["190018", "a number longer than it need be at byte 0"],
  ["1a00000100", "a number longer than it need be at byte 0"],
  ["1b0000000000000001", "a number longer than it need be at byte 0"],
  ["5801ff", "a number longer than it need be at byte 0"],
  ["fa3fc00000", "a float longer than it need be at byte 0"],
  ["fb3ff8000000000000", "a float longer than it need be at byte 0"],
  ["a203040102", "a map key twice, or out of order at byte 3"],
  ["a201020104", "a map key twice, or out of order at byte 3"],
  ["a1f93c0001", "a map key that is neither an integer nor a text at byte 1"],
  ["a1410001", "a map key that is neither an integer nor a text at byte 1"],
  ["61ff", "a text that is no UTF-8 at byte 1"],
  ["63eda080", "a text that is no UTF-8 at byte 1"],
  ["", "the bytes end early at byte 0"],
  ["19", "the bytes end early at byte 0"],
  ["440102", "the bytes end early at byte 1"],
  ["9affffffff", "the bytes end early at byte 5"],
  ["baffffffff", "the bytes end early at byte 5"],
  ["0000", "bytes behind the value at byte 1"],
  ["1c", "an indefinite or reserved length at byte 0"],
  [`${"81".repeat(17)}00`, "deeper than 16 at byte 16"],
]

describe("RFC 8949, appendix A", () => {
  it.each(BOTH)("%s is read, and written again", (hex, value) => {
    expect(decodeCbor(bytes(hex))).toEqual(value)
    expect(encodeCbor(value as never).toString("hex")).toBe(hex)
  })

  it.each(FLOATS)("%s is the float %d", (hex, value) => {
    expect(decodeCbor(bytes(hex))).toBe(value)
    expect(encodeCbor(new Float(value)).toString("hex")).toBe(hex)
  })

  it.each([
    ["c48221196ab3", 273.15],
    ["c48200182a", 42],
    ["c4823901f301", Number("1e-500")],
  ])("%s, a decimal fraction (section 3.4.4), is the double next to it", (hex, value) => {
    expect(decodeCbor(bytes(hex))).toBe(value)
  })

  it.each(["c48119 6ab3", "c4196ab3", "c482f93c0001", "c4821901f401"])("%s is no decimal fraction", (hex) => {
    expect(decodeCbor(bytes(hex.replaceAll(" ", "")))).toMatchObject({ reason: "malformed_cbor" })
  })

  it.each(REFUSED)("%s is refused: %s", (hex, detail) => {
    expect(decodeCbor(bytes(hex))).toEqual({ reason: "malformed_cbor", detail })
  })
})
