import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { SCHEMA_IDS, schemaOf, WireError } from "../src/index.ts"
import { arbitraryOf } from "./arbitrary.ts"
import { avroOf, RECORDS } from "./records.ts"

const RUNS = { numRuns: 150 }

const codeOf = (decode: () => unknown): string => {
  try {
    decode()
    return "read"
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return error.code
  }
}

it("has a codec for every schema with an id, and no id twice", () => {
  expect(RECORDS.map((record) => record.name).sort()).toEqual(Object.keys(SCHEMA_IDS).sort())
  expect(new Set(Object.values(SCHEMA_IDS)).size).toBe(RECORDS.length)
})

describe.each(RECORDS)("$name", ({ name, encode, decode, ours }) => {
  const type = avroOf(name)
  const id = SCHEMA_IDS[name]
  const values = arbitraryOf(schemaOf(name))
  const header = Buffer.from([0, 0, 0, 0, id])

  it("writes the bytes that any Avro library writes for its schema", () => {
    fc.assert(
      fc.property(values, (value) => {
        const body = type.toBuffer(value)
        expect(Buffer.compare(encode(ours(value)), Buffer.concat([header, body]))).toBe(0)
      }),
      RUNS,
    )
  })

  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(ours(value)))).toEqual(ours(value))
      }),
      RUNS,
    )
  })

  it("leaves earlier records alone", () => {
    const [first, second] = fc.sample(values, { numRuns: 2, seed: 1 }).map(ours)
    const record = encode(first)
    const copy = Buffer.from(record)
    encode(second)
    expect(Buffer.compare(record, copy)).toBe(0)
  })

  it("calls every cut-off record truncated", () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const record = encode(ours(value))
        expect(codeOf(() => decode(record.subarray(0, cut % record.length)))).toBe("truncated")
      }),
      RUNS,
    )
  })

  it("answers any bytes with a value or a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["read", "truncated", "not-wire-format"]).toContain(codeOf(() => decode(Buffer.concat([header, bytes]))))
      }),
      { numRuns: 1000 },
    )
  })

  it("answers a damaged record with a value or a WireError", () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
        const record = Buffer.from(encode(ours(value)))
        const place = 5 + (at % (record.length - 5))
        record[place] = record[place]! ^ flip
        expect(["read", "truncated", "not-wire-format"]).toContain(codeOf(() => decode(record)))
      }),
      { numRuns: 500 },
    )
  })

  it("refuses another header, other ids and bytes after the body", () => {
    const record = Buffer.from(encode(ours(fc.sample(values, { numRuns: 1, seed: 2 })[0])))
    expect(codeOf(() => decode(Buffer.concat([record, Buffer.from([0])])))).toBe("not-wire-format")
    expect(codeOf(() => decode(Buffer.from("{}")))).toBe("not-wire-format")
    expect(codeOf(() => decode(Buffer.alloc(0)))).toBe("truncated")
    expect(codeOf(() => decode(Buffer.from([0, 0, 0])))).toBe("truncated")
    record.writeInt32BE(99, 1)
    expect(codeOf(() => decode(record))).toBe("unknown-schema")
  })
})
