/** Table metadata, version 2 (Iceberg table spec, "Table Metadata Fields"), of a table whose snapshots follow each other. */
import { randomUUID } from "node:crypto"
import {
  LAST_COLUMN_ID,
  LAST_PARTITION_ID,
  NAME_MAPPING,
  PARTITION_FIELDS,
  SCHEMA_ID,
  SPEC_ID,
  TABLE_SCHEMA,
} from "./schema.ts"

export interface Snapshot {
  readonly "snapshot-id": number
  readonly "parent-snapshot-id"?: number
  readonly "sequence-number": number
  readonly "timestamp-ms": number
  readonly "manifest-list": string
  readonly summary: Readonly<Record<string, string>> & { readonly operation: "append" | "overwrite" }
  readonly "schema-id": number
}

export interface TableMetadata {
  readonly "format-version": 2
  readonly "table-uuid": string
  readonly location: string
  readonly "last-sequence-number": number
  readonly "last-updated-ms": number
  readonly "current-snapshot-id": number
  readonly snapshots: ReadonlyArray<Snapshot>
  readonly "snapshot-log": ReadonlyArray<{ readonly "snapshot-id": number; readonly "timestamp-ms": number }>
  readonly [other: string]: unknown
}

/**
 * @param before null: a new table
 * @param most snapshots that are kept: this one, and those before it whose files are still there
 */
export const metadataAfter = (
  before: TableMetadata | null,
  location: string,
  snapshot: Snapshot,
  most: number,
): TableMetadata => {
  const earlier = most > 1 ? (before?.snapshots ?? []).slice(1 - most) : []
  const kept = new Set([...earlier, snapshot].map((one) => one["snapshot-id"]))
  const { "snapshot-id": id, "timestamp-ms": ms } = snapshot
  return {
    "format-version": 2,
    "table-uuid": before?.["table-uuid"] ?? randomUUID(),
    location,
    "last-sequence-number": snapshot["sequence-number"],
    "last-updated-ms": ms,
    "last-column-id": LAST_COLUMN_ID,
    schemas: [TABLE_SCHEMA],
    "current-schema-id": SCHEMA_ID,
    "partition-specs": [{ "spec-id": SPEC_ID, fields: PARTITION_FIELDS }],
    "default-spec-id": SPEC_ID,
    "last-partition-id": LAST_PARTITION_ID,
    "sort-orders": [{ "order-id": 0, fields: [] }],
    "default-sort-order-id": 0,
    properties: { "schema.name-mapping.default": JSON.stringify(NAME_MAPPING), "write.format.default": "parquet" },
    "current-snapshot-id": id,
    refs: { main: { "snapshot-id": id, type: "branch" } },
    snapshots: [...earlier, snapshot],
    "snapshot-log": [...(before?.["snapshot-log"] ?? []), { "snapshot-id": id, "timestamp-ms": ms }].filter((one) =>
      kept.has(one["snapshot-id"]),
    ),
    "metadata-log": [],
  }
}

/** @throws Error where it is no metadata as these */
export const parseMetadata = (text: string): TableMetadata => {
  const value = JSON.parse(text) as TableMetadata
  const current = value.snapshots?.find((one) => one["snapshot-id"] === value["current-snapshot-id"])
  if (value["format-version"] !== 2 || typeof value.location !== "string" || current === undefined)
    throw new Error("it is no table metadata of version 2 with a snapshot")
  return value
}
