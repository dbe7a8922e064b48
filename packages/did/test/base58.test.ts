import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeBase58, encodeBase58 } from "../src/base58.ts"
import { decodeBase64url, encodeBase64url } from "../src/base64url.ts"

describe("base58btc", () => {
  it.each([
    ["", ""],
    ["00", "1"],
    ["0000287fb4cd", "11233QC4"],
    ["48656c6c6f20576f726c6421", "2NEpo7TZRRrLZSi2U"],
  ])("writes %s as %s (draft-msporny-base58)", (hex, text) => {
    expect(encodeBase58(Buffer.from(hex, "hex"))).toBe(text)
    expect(Buffer.from(decodeBase58(text)!).toString("hex")).toBe(hex)
  })

  it("is undone by decoding", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect([...decodeBase58(encodeBase58(bytes))!]).toEqual([...bytes])
      }),
    )
  })

  it("reads each text as one byte string only", () => {
    const letters = fc.constantFrom(..."123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl")
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 60 }), (text) => {
        const bytes = decodeBase58(text)
        if (bytes === null) expect(text).toMatch(/[0OIl]/)
        else expect(encodeBase58(bytes)).toBe(text)
      }),
    )
  })
})

describe("base64url", () => {
  it("takes exactly the canonical texts", () => {
    const letters = fc.constantFrom(..."ABCwxyz0189-_+/= \n\u00e9")
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 24 }), (text) => {
        // Said independently of any codec: whole groups, then nothing, or two or three letters with zero leftover bits.
        const isCanonical = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/.test(text)
        const bytes = decodeBase64url(text)
        expect(bytes !== null).toBe(isCanonical)
        if (bytes !== null) expect(encodeBase64url(bytes)).toBe(text)
      }),
    )
  })

  it.each(["AA==", "AB", "A", "AA A", "AA+A", "AAAA\n"])("refuses %j", (text) => {
    expect(decodeBase64url(text)).toBeNull()
  })
})
