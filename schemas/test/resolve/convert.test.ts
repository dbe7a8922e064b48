import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { boundSchema, schemaOf, useEmbeddedIds, WireError } from "../../src/index.ts"
import { converter } from "../../src/resolve/convert.ts"
import { arbitraryOf } from "../arbitrary.ts"
import { STREAM_RECORDS, versionSchema, versionType } from "../versions.ts"

const ID = 900
const header = Buffer.from([0, 0, 0, 0x03, 0x84])

const codeOf = (decode: () => unknown): string => {
  try {
    decode()
    return "read"
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return error.code
  }
}

afterEach(useEmbeddedIds)

describe.each(STREAM_RECORDS)("$name of another writer", ({ name, encode, decode, ours }) => {
  const values = arbitraryOf(JSON.parse(versionSchema(name, "v2")))
  const writer = versionType(name, "v2")
  const written = (value: unknown): Buffer => Buffer.concat([header, writer.toBuffer(value)])
  const bind = (): void => {
    boundSchema(name).others.set(ID, converter(name, versionSchema(name, "v2")))
  }

  it("decodes to what the same record of ours decodes to", () => {
    bind()
    const present = versionType(name, "v1")
    const resolver = present.createResolver(writer)
    fc.assert(
      fc.property(values, (value) => {
        const same = ours(present.fromBuffer(writer.toBuffer(value), resolver))
        expect(decode(written(value))).toEqual(decode(encode(same)))
      }),
      { numRuns: 60 },
    )
  })

  it("calls every cut-off record truncated", () => {
    bind()
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const record = written(value)
        const length = 5 + (cut % (record.length - 5))
        expect(codeOf(() => decode(record.subarray(0, length)))).toBe("truncated")
      }),
      { numRuns: 60 },
    )
  })

  it("answers a damaged record with a value or a WireError", () => {
    bind()
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
        const record = written(value)
        const place = 5 + (at % (record.length - 5))
        record[place] = record[place]! ^ flip
        expect(["read", "truncated", "not-wire-format"]).toContain(codeOf(() => decode(record)))
      }),
      { numRuns: 300 },
    )
  })
})

describe("a writer's schema", () => {
  const { decode, encode } = STREAM_RECORDS.find(({ name }) => name === "checkpoint")!
  const sample = { log: "a", size: 1, root: Buffer.from([1]), time: 2, note: "b" }
  const under = (schema: string, body = Buffer.from(encode(sample).subarray(5))): string => {
    boundSchema("checkpoint").others.set(ID, converter("checkpoint", schema))
    return codeOf(() => decode(Buffer.concat([header, body])))
  }
  const checkpoint = () => schemaOf("checkpoint") as { fields: Array<object>; name: string }

  it("of the same layout needs no conversion: comments may differ", () => {
    expect(under(JSON.stringify({ ...checkpoint(), doc: "another comment" }))).toBe("read")
  })

  it.each([
    ["no JSON", "{"],
    ["no Avro", '{"type":"nothing"}'],
    ["of another record", JSON.stringify(schemaOf("leaf"))],
    ["a plain string", '"string"'],
    ["without a field that has no default", JSON.stringify({ ...checkpoint(), fields: checkpoint().fields.slice(1) })],
    [
      "with references, which we do not follow",
      JSON.stringify({ ...checkpoint(), fields: [{ name: "x", type: "other.Thing" }] }),
    ],
    ["of over a million characters", JSON.stringify({ ...checkpoint(), doc: "x".repeat(1 << 20) })],
  ])("that is %s makes its records unknown", (_, schema) => {
    expect(under(schema)).toBe("unknown-schema")
    // And stays so without looking at the schema again.
    expect(under(schema)).toBe("unknown-schema")
  })
})
