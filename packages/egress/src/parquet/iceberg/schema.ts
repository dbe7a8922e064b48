/**
 * The table of readings in the words of the Iceberg table spec, version 2: columns by their ids, partitions by day and zone, and the
 * Avro schemas of manifests and of the list of manifests (spec, "Manifests" and "Manifest Lists"; ids as there).
 */
import type { ReadingRow } from "@assay/schemas"
import { COLUMNS, FIELD_IDS } from "../columns.ts"

type Primitive = "boolean" | "int" | "long" | "double" | "string" | "binary" | "timestamptz"

const PRIMITIVES: Readonly<Record<string, Primitive>> = {
  BOOLEAN: "boolean",
  INT32: "int",
  INT64: "long",
  DOUBLE: "double",
  BYTE_ARRAY: "binary",
  UTF8: "string",
  TIMESTAMP_MILLIS: "timestamptz",
  TIMESTAMP_MICROS: "timestamptz",
}

export const SCHEMA_ID = 0
export const SPEC_ID = 0

const KEY: ReadonlyArray<keyof ReadingRow> = ["originEpoch", "originPartition", "originOffset", "position"]

/** Spec, appendix C. */
export const TABLE_SCHEMA = {
  type: "struct",
  "schema-id": SCHEMA_ID,
  "identifier-field-ids": KEY.map((name) => FIELD_IDS[name]),
  fields: COLUMNS.map(({ name, type, converted, isOptional }) => ({
    id: FIELD_IDS[name],
    name,
    required: !isOptional,
    type: PRIMITIVES[converted ?? type]!,
  })),
}

export const LAST_COLUMN_ID = Math.max(...Object.values(FIELD_IDS))

/** For files from before columns had ids in them: spec, appendix C, "Name Mapping Serialization". */
export const NAME_MAPPING = COLUMNS.map(({ name }) => ({ "field-id": FIELD_IDS[name], names: [name] }))

export const LAST_PARTITION_ID = 1001
export const PARTITION_FIELDS = [
  { "source-id": FIELD_IDS.ingestedAt, "field-id": 1000, name: "day", transform: "day" },
  { "source-id": FIELD_IDS.zone, "field-id": LAST_PARTITION_ID, name: "zone", transform: "identity" },
]

const optional = (type: unknown, id: number) => ({ type: ["null", type], default: null, "field-id": id })

/** An entry of a manifest. What is left out of a data file is optional there: bounds of columns would name devices. */
export const MANIFEST_ENTRY = {
  type: "record",
  name: "manifest_entry",
  fields: [
    { name: "status", type: "int", "field-id": 0 },
    { name: "snapshot_id", ...optional("long", 1) },
    { name: "sequence_number", ...optional("long", 3) },
    { name: "file_sequence_number", ...optional("long", 4) },
    {
      name: "data_file",
      "field-id": 2,
      type: {
        type: "record",
        name: "r2",
        fields: [
          { name: "content", type: "int", "field-id": 134 },
          { name: "file_path", type: "string", "field-id": 100 },
          { name: "file_format", type: "string", "field-id": 101 },
          {
            name: "partition",
            "field-id": 102,
            type: {
              type: "record",
              name: "r102",
              fields: [
                { name: "day", ...optional({ type: "int", logicalType: "date" }, 1000) },
                { name: "zone", ...optional("string", LAST_PARTITION_ID) },
              ],
            },
          },
          { name: "record_count", type: "long", "field-id": 103 },
          { name: "file_size_in_bytes", type: "long", "field-id": 104 },
        ],
      },
    },
  ],
}

export interface ManifestEntry {
  /** 1: added. */
  readonly status: 1
  /** These three are inherited from the list of manifests: spec, "Sequence Number Inheritance". */
  readonly snapshot_id: null
  readonly sequence_number: null
  readonly file_sequence_number: null
  readonly data_file: {
    /** 0: data. */
    readonly content: 0
    readonly file_path: string
    readonly file_format: "PARQUET"
    readonly partition: { readonly day: number | null; readonly zone: string | null }
    readonly record_count: number
    readonly file_size_in_bytes: number
  }
}

const long = (name: string, id: number) => ({ name, type: "long", "field-id": id })
const int = (name: string, id: number) => ({ name, type: "int", "field-id": id })

/** An entry of the list of manifests. */
export const MANIFEST_FILE = {
  type: "record",
  name: "manifest_file",
  fields: [
    { name: "manifest_path", type: "string", "field-id": 500 },
    long("manifest_length", 501),
    int("partition_spec_id", 502),
    int("content", 517),
    long("sequence_number", 515),
    long("min_sequence_number", 516),
    long("added_snapshot_id", 503),
    int("added_files_count", 504),
    int("existing_files_count", 505),
    int("deleted_files_count", 506),
    long("added_rows_count", 512),
    long("existing_rows_count", 513),
    long("deleted_rows_count", 514),
    {
      name: "partitions",
      ...optional(
        {
          type: "array",
          "element-id": 508,
          items: {
            type: "record",
            name: "r508",
            fields: [
              { name: "contains_null", type: "boolean", "field-id": 509 },
              { name: "contains_nan", ...optional("boolean", 518) },
              { name: "lower_bound", ...optional("bytes", 510) },
              { name: "upper_bound", ...optional("bytes", 511) },
            ],
          },
        },
        507,
      ),
    },
  ],
}

export interface FieldSummary {
  readonly contains_null: boolean
  readonly contains_nan: boolean | null
  readonly lower_bound: Buffer | null
  readonly upper_bound: Buffer | null
}

export interface ManifestFile {
  readonly manifest_path: string
  readonly manifest_length: number
  readonly partition_spec_id: number
  readonly content: 0
  readonly sequence_number: number
  readonly min_sequence_number: number
  readonly added_snapshot_id: number
  readonly added_files_count: number
  readonly existing_files_count: 0
  readonly deleted_files_count: 0
  readonly added_rows_count: number
  readonly existing_rows_count: 0
  readonly deleted_rows_count: 0
  readonly partitions: ReadonlyArray<FieldSummary> | null
}
