/** Token Status List, draft-ietf-oauth-status-list-21: the examples of sections 4 and 5, and the vectors of appendix "Test vectors". */
import { decodeCbor, isMap, parseSign1 } from "@assay/cose"
import { describe, expect, it } from "vitest"
import { statusAt } from "../../src/status/list.ts"
import { cwtListClaims } from "../../src/status/token-claims.ts"
import { decodeTokenList, encodeTokenList, type TokenSize } from "../../src/status/token-list.ts"

const bytes = (text: string): Buffer => Buffer.from(text, "base64url")

/** All others are 0, and there are 2^20. */
const LONG: ReadonlyArray<readonly [size: TokenSize, lst: string, values: ReadonlyArray<readonly [number, number]>]> = [
  [
    1,
    "eNrt3AENwCAMAEGogklACtKQPg9LugC9k_ACvreiogEAAKkeCQAAAAAAAAAAAAAAAAAAAIBylgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAXG9IAAAAAAAAAPwsJAAAAAAAAAAAAAAAvhsSAAAAAAAAAAAA7KpLAAAAAAAAAAAAAAAAAAAAAJsLCQAAAAAAAAAAADjelAAAAAAAAAAAKjDMAQAAAACAZC8L2AEb",
    [0, 1993, 25460, 159495, 495669, 554353, 645645, 723232, 854545, 934534, 1000345].map((at) => [at, 1] as const),
  ],
  [
    2,
    "eNrt2zENACEQAEEuoaBABP5VIO01fCjIHTMStt9ovGVIAAAAAABAbiEBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEB5WwIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAID0ugQAAAAAAAAAAAAAAAAAQG12SgAAAAAAAAAAAAAAAAAAAAAAAAAAAOCSIQEAAAAAAAAAAAAAAAAAAAAAAAD8ExIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwJEuAQAAAAAAAAAAAAAAAAAAAAAAAMB9SwIAAAAAAAAAAAAAAAAAAACoYUoAAAAAAAAAAAAAAEBqH81gAQw",
    [
      [0, 0b01],
      [1993, 0b10],
      [25460, 0b01],
      [159495, 0b11],
      [495669, 0b01],
      [554353, 0b01],
      [645645, 0b10],
      [723232, 0b01],
      [854545, 0b01],
      [934534, 0b10],
      [1000345, 0b11],
    ],
  ],
  [
    4,
    "eNrt0EENgDAQADAIHwImkIIEJEwCUpCEBBQRHOy35Li1EjoOQGabAgAAAAAAAAAAAAAAAAAAACC1SQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABADrsCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADoxaEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIIoCgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACArpwKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGhqVkAzlwIAAAAAiGVRAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABx3AoAgLpVAQAAAAAAAAAAAAAAwM89rwMAAAAAAAAAAAjsA9xMBMA",
    [
      [0, 0b0001],
      [1993, 0b0010],
      [35460, 0b0011],
      [459495, 0b0100],
      [595669, 0b0101],
      [754353, 0b0110],
      [845645, 0b0111],
      [923232, 0b1000],
      [924445, 0b1001],
      [934534, 0b1010],
      [1004534, 0b1011],
      [1000345, 0b1100],
      [1030203, 0b1101],
      [1030204, 0b1110],
      [1030205, 0b1111],
    ],
  ],
]

describe("draft-ietf-oauth-status-list-21, test vectors", () => {
  it.each(LONG)("%s-bit status list", (size, lst, values) => {
    const list = decodeTokenList(size, bytes(lst))!
    expect(list.length).toBe(2 ** 20)
    for (const [index, value] of values) expect(statusAt(list, index)).toBe(value)
    const others = Array.from({ length: 200 }, (_, n) => n * 5_237 + 3)
    for (const index of others) expect(statusAt(list, index)).toBe(values.find(([at]) => at === index)?.[1] ?? 0)
    // What others made, made here: the same entries, whatever the compressor.
    expect(Buffer.compare(decodeTokenList(size, encodeTokenList(size, 2 ** 20, values))!.bits, list.bits)).toBe(0)
  })

  it("section 4.1: one bit, the least significant first", () => {
    const list = decodeTokenList(1, bytes("eNrbuRgAAhcBXQ"))!
    expect([...list.bits]).toEqual([0xb9, 0xa3])
    expect(Array.from({ length: 16 }, (_, index) => statusAt(list, index))).toEqual([
      1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1,
    ])
  })

  it("section 4.1: two bits", () => {
    const list = decodeTokenList(2, bytes("eNo76fITAAPfAgc"))!
    expect([...list.bits]).toEqual([0xc9, 0x44, 0xf9])
    expect(Array.from({ length: 12 }, (_, index) => statusAt(list, index))).toEqual([
      1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3,
    ])
  })
})

/** Section 5.2. Its `kid` stands unprotected, and its claims are in no order. */
const CWT = Buffer.from(
  "d2845820a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774a1044231325850a502782168747470733a2f2f6578616d706c652e636f6d2f7374617475736c697374732f31061a648c5bea041a8898dfea19fffe19a8c019fffda2646269747301636c73744a78dadbb918000217015d584093fa4d01032b18c35e2fe1101b77fd6cc9440022caa4694450c4e4e9feab4e99d1fa6d9772ce2bf3a12e0323ded7c982c5e101a5e67f0cbc1e2b6f57ce99c279",
  "hex",
)

/** Its key is not published with it, so its signature is not asked for here. */
const parsed = parseSign1(CWT, ["application/statuslist+cwt"], { isForeign: true })

describe("draft-ietf-oauth-status-list-21, section 5.2: status list token in CWT format", () => {
  it("is read as it was made, and in the strict way of messages it is not", () => {
    if ("reason" in parsed) throw new Error(parsed.detail)
    expect(parsed).toMatchObject({ alg: "ES256", typ: "application/statuslist+cwt" })
    expect(Buffer.from(parsed.kid).toString()).toBe("12")
    expect(parseSign1(CWT, ["application/statuslist+cwt"])).toMatchObject({ reason: "header_refused" })
    const payload = decodeCbor(parsed.payload, "definite")
    if (!isMap(payload as never)) throw new Error("no claims")
    const claims = cwtListClaims(payload as never)
    if ("detail" in claims) throw new Error(claims.detail)
    expect(claims).toMatchObject({
      id: "https://example.com/statuslists/1",
      purposes: ["token"],
      issued: 1_686_920_170_000,
      // 19 years: longer than any list counts here.
      expires: 1_686_920_170_000 + 31 * 86_400_000,
      ttlMs: 43_200_000,
    })
    expect([...claims.entries()!.bits]).toEqual([0xb9, 0xa3])
  })
})
