/** The columns of the Parquet files: those of the row's Avro schema, by the same names. */
import { type ReadingRow, schemaOf } from "@assay/schemas"
import type { ColumnSource } from "hyparquet-writer"

/**
 * By which Iceberg knows a column (table spec, "Schemas"): never given to another one, also when a column is gone. A new column takes
 * the next.
 */
export const FIELD_IDS: Readonly<Record<keyof ReadingRow, number>> = {
  schemaVersion: 1,
  outcome: 2,
  kind: 3,
  device: 4,
  vendor: 5,
  class: 6,
  zone: 7,
  name: 8,
  unit: 9,
  value: 10,
  text: 11,
  flag: 12,
  data: 13,
  measuredAt: 14,
  ingestedAt: 15,
  trust: 16,
  reputation: 17,
  originEpoch: 18,
  originPartition: 19,
  originOffset: 20,
  position: 21,
}

type Physical = "BOOLEAN" | "INT32" | "INT64" | "DOUBLE" | "BYTE_ARRAY"
type Converted = "UTF8" | "TIMESTAMP_MILLIS" | "TIMESTAMP_MICROS"

interface Column {
  readonly name: keyof ReadingRow
  readonly type: Physical
  readonly converted: Converted | null
  readonly isOptional: boolean
}

type Avro = string | { readonly type: Avro; readonly logicalType?: string } | ReadonlyArray<Avro>

const PLAIN: Readonly<Record<string, readonly [type: Physical, converted: Converted | null]>> = {
  boolean: ["BOOLEAN", null],
  int: ["INT32", null],
  long: ["INT64", null],
  double: ["DOUBLE", null],
  bytes: ["BYTE_ARRAY", null],
  string: ["BYTE_ARRAY", "UTF8"],
  enum: ["BYTE_ARRAY", "UTF8"],
  "timestamp-millis": ["INT64", "TIMESTAMP_MILLIS"],
  "timestamp-micros": ["INT64", "TIMESTAMP_MICROS"],
}

const columnOf = (name: keyof ReadingRow, type: Avro): Column => {
  if (Array.isArray(type)) return { ...columnOf(name, (type as ReadonlyArray<Avro>)[1]!), isOptional: true }
  const named = type as Exclude<Avro, ReadonlyArray<Avro>>
  if (typeof named !== "string" && named.logicalType === undefined) return columnOf(name, named.type)
  const found = PLAIN[typeof named === "string" ? named : named.logicalType!]
  if (found === undefined) throw new Error(`there is no Parquet column for ${name}: ${JSON.stringify(type)}`)
  return { name, type: found[0], converted: found[1], isOptional: false }
}

const fields = (schemaOf("reading-row") as { fields: ReadonlyArray<{ name: keyof ReadingRow; type: Avro }> }).fields

/** In the order of the schema. Times are UTC. */
export const COLUMNS: ReadonlyArray<Column> = fields.map(({ name, type }) => columnOf(name, type))

/** As Parquet wants it: a root, then its columns. */
export const PARQUET_SCHEMA = [
  { name: "reading", num_children: COLUMNS.length },
  ...COLUMNS.map(({ name, type, converted, isOptional }) => ({
    name,
    type,
    field_id: FIELD_IDS[name],
    repetition_type: isOptional ? ("OPTIONAL" as const) : ("REQUIRED" as const),
    ...(converted === null ? {} : { converted_type: converted }),
  })),
]

/** The rows turned by a quarter: a list of values for each column. */
export const columnsOf = (rows: ReadonlyArray<ReadingRow>): Array<ColumnSource> =>
  COLUMNS.map(({ name, type }) => ({
    name,
    data: rows.map((row) => {
      const value = row[name]
      if (value === null) return undefined
      return type === "INT64" ? BigInt(value as number) : value
    }),
  }))

/** A value as it is read back, in the form of a row's. */
export const rowValueOf = ({ type }: Column, value: unknown): ReadingRow[keyof ReadingRow] => {
  if (value === undefined || value === null) return null
  return type === "INT64" ? Number(value as bigint) : (value as ReadingRow[keyof ReadingRow])
}
