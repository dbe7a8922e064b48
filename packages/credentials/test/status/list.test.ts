import { gzipSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeStatusList,
  encodeStatusList,
  listOf,
  MAX_LIST_BYTES,
  MIN_ENTRIES,
  statusAt,
} from "../../src/status/list.ts"

const pack = (bytes: Uint8Array): string => `u${gzipSync(bytes).toString("base64url")}`

describe("Bitstring Status List", () => {
  it("gives back exactly the entries that were set", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(MIN_ENTRIES - 1), { maxLength: 50 }),
        fc.array(fc.nat(MIN_ENTRIES - 1), { maxLength: 50 }),
        (set, probes) => {
          const list = decodeStatusList(encodeStatusList(0, set))
          expect(list?.length).toBe(MIN_ENTRIES)
          for (const index of [...set, ...probes]) expect(statusAt(list!, index)).toBe(set.includes(index) ? 1 : 0)
        },
      ),
      { numRuns: 30 },
    )
  })

  it("counts the most significant bit of the first byte as entry 0", () => {
    const bytes = new Uint8Array(MIN_ENTRIES / 8)
    bytes[0] = 0b1000_0000
    bytes[1] = 0b0000_0001
    const list = decodeStatusList(pack(bytes))!
    expect([0, 1, 7, 8, 15, 16].map((index) => statusAt(list, index))).toEqual([1, 0, 0, 0, 1, 0])
  })

  it("has no status outside the list", () => {
    const list = decodeStatusList(encodeStatusList(0, []))!
    for (const index of [-1, MIN_ENTRIES, 0.5, Number.NaN, 2 ** 53]) expect(statusAt(list, index)).toBeNull()
  })

  it.each([
    ["no multibase prefix", encodeStatusList(0, []).slice(1)],
    ["another multibase", `z${encodeStatusList(0, []).slice(1)}`],
    ["padding", `${encodeStatusList(0, [])}=`],
    ["not gzip", `u${Buffer.from("plain").toString("base64url")}`],
    ["cut off", encodeStatusList(0, []).slice(0, -8)],
    ["shorter than the minimum", pack(new Uint8Array(MIN_ENTRIES / 8 - 1))],
    ["a bomb", pack(new Uint8Array(MAX_LIST_BYTES + 1))],
    ["empty", ""],
  ])("refuses a list: %s", (_, encoded) => {
    expect(decodeStatusList(encoded)).toBeNull()
  })

  it("refuses to encode an index outside the list", () => {
    expect(() => encodeStatusList(0, [MIN_ENTRIES])).toThrow(RangeError)
    expect(() => encodeStatusList(0, [-1])).toThrow(RangeError)
  })

  it("inflates an item once", () => {
    const item = {
      id: "https://a.example/1",
      purpose: "revocation",
      issuer: "did:key:z",
      issued: 0,
      maxAgeMs: 1,
    } as const
    const good = { ...item, encodedList: encodeStatusList(0, [7]) }
    expect(listOf(good)).toBe(listOf(good))
    expect(listOf({ ...item, encodedList: "u" })).toBeNull()
  })
})
