/**
 * JSON Schema (draft 2020-12) of a record as plain JSON: what the JSON form of a row is, and what most Avro libraries give for a
 * record. Times are counts, as in Avro; bytes are base64.
 */
import { schemaOf } from "../load.ts"
import { type AvroJson, shortName } from "./stream.ts"

const DRAFT = "https://json-schema.org/draft/2020-12/schema"
const INT = { type: "integer", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 }
/** Beyond these a JSON number is not exact, and no record holds one. */
const LONG = { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }

const PRIMITIVES: Readonly<Record<string, object>> = {
  null: { type: "null" },
  boolean: { type: "boolean" },
  int: INT,
  long: LONG,
  double: { type: "number" },
  string: { type: "string" },
  bytes: { type: "string", contentEncoding: "base64" },
}

const withDoc = (schema: object, doc: string | undefined): object =>
  doc === undefined ? schema : { ...schema, description: doc }

/** The schema of a record, whole: each named type stands under `$defs`. */
export const jsonSchemaOf = (name: string, id: string): object => {
  const definitions: Record<string, object> = {}

  const recordOf = (schema: AvroJson): object => ({
    type: "object",
    ...(schema.doc === undefined ? {} : { description: schema.doc }),
    properties: Object.fromEntries(
      schema.fields.map((field: AvroJson) => [field.name, withDoc(shapeOf(field.type), field.doc)]),
    ),
    required: schema.fields.map((field: AvroJson) => field.name),
    additionalProperties: false,
  })

  const named = (schema: AvroJson): object => {
    const short = shortName(schema.name)
    if (!(short in definitions)) {
      definitions[short] = {} // named before it is filled, should it name itself
      definitions[short] =
        schema.type === "enum" ? withDoc({ type: "string", enum: schema.symbols }, schema.doc) : recordOf(schema)
    }
    return { $ref: `#/$defs/${short}` }
  }

  const shapeOf = (schema: AvroJson): object => {
    if (Array.isArray(schema)) return { anyOf: schema.map(shapeOf) }
    if (typeof schema === "string") return PRIMITIVES[schema] ?? { $ref: `#/$defs/${shortName(schema)}` }
    if (schema.type === "array") return { type: "array", items: shapeOf(schema.items) }
    if (schema.name !== undefined) return named(schema)
    if (schema.logicalType === "timestamp-millis") return { ...LONG, "x-unit": "milliseconds since 1970, UTC" }
    if (schema.logicalType === "timestamp-micros") return { ...LONG, "x-unit": "microseconds since 1970, UTC" }
    return shapeOf(schema.type)
  }

  const root = recordOf(schemaOf(name))
  return { $schema: DRAFT, $id: id, title: shortName((schemaOf(name) as AvroJson).name), ...root, $defs: definitions }
}
