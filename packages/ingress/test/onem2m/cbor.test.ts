/** CBOR (RFC 8949), with the examples of its appendix A that oneM2M has a use for. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CborError, decodeCbor, encodeCbor } from "../../src/onem2m/cbor.ts"

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex")

describe("reading", () => {
  it.each<[string, unknown]>([
    ["00", 0],
    ["1864", 100],
    ["1a000f4240", 1_000_000],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["20", -1],
    ["3903e7", -1_000],
    ["f93c00", 1],
    ["f90001", 2 ** -24],
    ["f9c400", -4],
    ["fa47c35000", 100_000],
    ["fb3ff199999999999a", 1.1],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["4401020304", Buffer.from([1, 2, 3, 4])],
    ["62c3bc", Buffer.from([0xc3, 0xbc]).toString()],
    ["83010203", [1, 2, 3]],
    ["a26161016162820203", { a: 1, b: [2, 3] }],
  ])("%s", (text, value) => {
    expect(decodeCbor(hex(text))).toEqual(value)
  })

  it.each([
    ["nothing", ""],
    ["an end inside a text", "6461"],
    ["an end inside a list", "83 01"],
    ["a list that announces more than there is", "9a ffffffff"],
    ["a map that announces more than there is", "bb 0000 0000 ffff ffff"],
    ["something behind the value", "00 00"],
    ["an indefinite length", "9f ff"],
    ["a tag", "c0 61 61"],
    ["an undefined value", "f7"],
    ["a name that is no text", "a1 01 02"],
    ["an infinity, which JSON has not", "f97c00"],
    ["a name twice", "a2 61 61 01 61 61 02"],
    ["a whole number above 2^53", "1b ffffffffffffffff"],
    ["a text that is not UTF-8", "61 ff"],
    ["lists in each other without end", `${"81".repeat(40)}00`],
  ])("refuses %s", (_, text) => {
    expect(() => decodeCbor(hex(text))).toThrow(CborError)
  })

  it("gives a member called __proto__ as one", () => {
    const read = decodeCbor(encodeCbor(JSON.parse('{"__proto__": {"x": 1}}'))) as object
    expect(Object.keys(read)).toEqual(["__proto__"])
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })

  it("never ends in anything but a value or its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeCbor(bytes)
        } catch (cause) {
          expect(cause).toBeInstanceOf(CborError)
        }
      }),
    )
  })
})

it("reads again what it writes", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // JSON has no negative zero.
      const written = JSON.parse(JSON.stringify(value)) as unknown
      expect(decodeCbor(encodeCbor(written))).toEqual(written)
    }),
  )
})
