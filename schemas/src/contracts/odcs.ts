/** Data contracts by the Open Data Contract Standard (ODCS 3.1), one for each stream that data platforms read. */
import { schemaOf } from "../load.ts"
import { type AvroJson, type ContractStream, optionalOf, shortName } from "./stream.ts"

const API_VERSION = "v3.1.0"

const LOGICAL: Readonly<Record<string, string>> = {
  boolean: "boolean",
  int: "integer",
  long: "integer",
  double: "number",
  string: "string",
  bytes: "string",
}

interface Type {
  readonly logicalType: string
  readonly physicalType: string
  readonly properties?: ReadonlyArray<object>
  readonly items?: object
}

class Types {
  readonly #named = new Map<string, AvroJson>()

  of(schema: AvroJson): Type {
    if (Array.isArray(schema)) return { logicalType: "object", physicalType: "union" }
    if (typeof schema === "string") {
      const plain = LOGICAL[schema]
      if (plain !== undefined) return { logicalType: plain, physicalType: schema }
      return this.of(this.#named.get(shortName(schema)))
    }
    if (schema.logicalType !== undefined) return { logicalType: "timestamp", physicalType: schema.logicalType }
    if (schema.name !== undefined) this.#named.set(shortName(schema.name), schema)
    if (schema.type === "enum") return { logicalType: "string", physicalType: "enum" }
    if (schema.type === "record")
      return { logicalType: "object", physicalType: "record", properties: this.properties(schema, []) }
    if (schema.type === "array") return { logicalType: "array", physicalType: "array", items: this.of(schema.items) }
    return this.of(schema.type)
  }

  properties(record: AvroJson, key: ReadonlyArray<string>): ReadonlyArray<object> {
    if (record.name !== undefined) this.#named.set(shortName(record.name), record)
    return record.fields.map((field: AvroJson) => {
      const inner = optionalOf(field.type)
      const at = key.indexOf(field.name)
      return {
        name: field.name,
        ...this.of(inner ?? field.type),
        required: inner === null,
        ...(at < 0 ? {} : { primaryKey: true, primaryKeyPosition: at + 1 }),
        ...(field.doc === undefined ? {} : { description: field.doc }),
      }
    })
  }
}

const DAY_MS = 24 * 3_600_000

const retentionOf = ({ retentionMs }: ContractStream): ReadonlyArray<object> =>
  retentionMs === null || retentionMs < 0 ? [] : [{ property: "retention", value: retentionMs / DAY_MS, unit: "d" }]

/** @param version of Assay */
export const dataContractOf = (one: ContractStream, version: string): object => {
  const schema = schemaOf(one.schema) as AvroJson
  return {
    apiVersion: API_VERSION,
    kind: "DataContract",
    id: `assay:${one.stream}`,
    name: one.stream,
    version,
    status: "active",
    domain: "device-telemetry",
    description: {
      purpose: one.about,
      usage: "docs/guides/data-platforms.md says what later decisions mean for a table.",
    },
    schema: [
      {
        name: shortName(schema.name),
        physicalName: one.topic,
        logicalType: "object",
        physicalType: "topic",
        description: schema.doc ?? one.about,
        properties: new Types().properties(schema, one.key),
        ...(one.key.length === 0
          ? {}
          : {
              quality: [{ type: "library", metric: "duplicateValues", mustBe: 0, arguments: { properties: one.key } }],
            }),
      },
    ],
    slaProperties: retentionOf(one),
  }
}
