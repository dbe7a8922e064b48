/** The JSON Schemas hold of what the records are in JSON, and of nothing else. */
import { SAMPLES } from "@assay/testkit/samples"
import Ajv2020 from "ajv/dist/2020.js"
import avro from "avsc"
import { describe, expect, it } from "vitest"
import { jsonSchemaOf } from "../../src/contracts/json-schema.ts"
import { type SchemaName, schemaOf } from "../../src/index.ts"
import { RECORDS } from "../records.ts"

const ajv = new Ajv2020.default({ strict: true, allowUnionTypes: true })
ajv.addVocabulary(["x-unit"])

/** A record as plain JSON: unions unwrapped, bytes in base64. */
const plain = (name: SchemaName, record: Uint8Array): unknown => {
  const type = avro.Type.forSchema(schemaOf(name) as avro.Schema, { wrapUnions: "auto" })
  return JSON.parse(
    JSON.stringify(
      type.fromBuffer(Buffer.from(record.subarray(5))),
      function (this: Record<string, unknown>, key, value) {
        const member = this[key]
        // Where branches are records, avsc names the one that it found.
        const [branch, ...others] = Object.keys((value ?? {}) as object)
        if (branch?.startsWith("assay.v1.") && others.length === 0) return (value as Record<string, unknown>)[branch]
        return member instanceof Uint8Array ? Buffer.from(member).toString("base64") : value
      },
    ),
  )
}

const samplesOf = (name: string) => Object.entries(SAMPLES).filter(([sample]) => sample.split(".")[0] === name)

describe.each(RECORDS)("the JSON Schema of $name", ({ name, encode }) => {
  const schema = jsonSchemaOf(name, `urn:assay:test:${name}`)
  const validate = ajv.compile(schema)

  it("is a valid one, and holds of its samples", () => {
    for (const [, sample] of samplesOf(name)) {
      expect(validate(plain(name, encode(sample))), JSON.stringify(validate.errors)).toBe(true)
    }
  })

  it("refuses a member too much, one too few, and one of another type", () => {
    const value = plain(name, encode(samplesOf(name)[0]![1])) as Record<string, unknown>
    const [first] = Object.keys(value)
    const { [first!]: _, ...without } = value
    expect(validate({ ...value, stranger: 1 })).toBe(false)
    expect(validate(without)).toBe(false)
    expect(validate({ ...value, [first!]: { not: ["of", "its", "type"] } })).toBe(false)
  })
})
