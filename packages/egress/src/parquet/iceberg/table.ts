/**
 * Keeps an Iceberg table beside the files of an export. Each range of the export is one manifest of the table, and what ranges there are
 * the export's own manifests say: so each row is in the table exactly once, whatever breaks in between, and a commit that a crash
 * cut off is made by the next call. The new metadata file is the commit: it is written under a name that nobody had before.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { DataDirError } from "@assay/log"
import { manifestsOf } from "../directory.ts"
import { READINGS_DIR } from "../layout.ts"
import { type Manifest, ManifestError } from "../manifest.ts"
import { replaceDurably } from "../staging.ts"
import { avroFile, avroRecords } from "./avro-file.ts"
import { HINT_FILE, METADATA_DIR, metadataPath, snapshotPath, tableManifestPath } from "./layout.ts"
import { metadataAfter, parseMetadata, type Snapshot, type TableMetadata } from "./metadata.ts"
import {
  type FieldSummary,
  MANIFEST_ENTRY,
  MANIFEST_FILE,
  type ManifestEntry,
  type ManifestFile,
  PARTITION_FIELDS,
  SCHEMA_ID,
  SPEC_ID,
  TABLE_SCHEMA,
} from "./schema.ts"

const DAY_MS = 86_400_000
/** So many snapshots are kept: older ones have nothing that the newest has not. */
const MAX_SNAPSHOTS = 100
const NO_ZONE = "__HIVE_DEFAULT_PARTITION__"

export interface TableDone {
  /** Of the newest metadata. */
  readonly version: number
  /** Files of rows in the table. */
  readonly files: number
  readonly rows: number
  /** Whether there was anything new. */
  readonly isNew: boolean
}

/** The newest metadata of a table, by its number; null where there is none. @throws ManifestError where it is none */
export const readTable = (root: string): { readonly version: number; readonly metadata: TableMetadata } | null => {
  if (!existsSync(join(root, METADATA_DIR))) return null
  // By the names: the hint is written after the metadata that it hints at.
  const versions = readdirSync(join(root, METADATA_DIR)).flatMap((name) => {
    const [, number] = /^v(\d+)\.metadata\.json$/.exec(name) ?? []
    return number === undefined ? [] : [Number(number)]
  })
  if (versions.length === 0) return null
  const version = Math.max(...versions)
  try {
    return { version, metadata: parseMetadata(readFileSync(join(root, metadataPath(version)), "utf8")) }
  } catch (cause) {
    throw new ManifestError(`${metadataPath(version)}: ${(cause as Error).message}`)
  }
}

/** From the export's directory. @throws ManifestError for what no table of an export names */
const metadataFile = ({ location }: TableMetadata, path: string): string => {
  const own = path.slice(location.length + 1)
  if (!path.startsWith(`${location}/`) || !/^metadata\/[\w-]+\.avro$/.test(own))
    throw new ManifestError(`the table names ${JSON.stringify(path)}, which is no file of its own`)
  return own
}

/** The manifests of a table's newest snapshot. @throws ManifestError */
const manifestFilesOf = async (root: string, metadata: TableMetadata): Promise<ReadonlyArray<ManifestFile>> => {
  const current = metadata.snapshots.find((one) => one["snapshot-id"] === metadata["current-snapshot-id"])!
  const path = metadataFile(metadata, current["manifest-list"])
  return (await readAvro(root, path)) as ReadonlyArray<ManifestFile>
}

/** The files of rows in a table's newest snapshot: what a reader of the table reads. @throws ManifestError */
export const dataFilesOf = async (
  root: string,
  metadata: TableMetadata,
): Promise<ReadonlyArray<ManifestEntry["data_file"]>> => {
  const found: Array<ManifestEntry["data_file"]> = []
  for (const { manifest_path } of await manifestFilesOf(root, metadata)) {
    const entries = await readAvro(root, metadataFile(metadata, manifest_path))
    found.push(...(entries as ReadonlyArray<ManifestEntry>).map(({ data_file }) => data_file))
  }
  return found
}

const readAvro = async (root: string, path: string): Promise<ReadonlyArray<unknown>> => {
  try {
    return await avroRecords(readFileSync(join(root, path)))
  } catch (cause) {
    throw new ManifestError(`${path}: ${(cause as Error).message}`)
  }
}

/** By its path: `readings/day=2026-11-28/zone_id=press/...`. */
const partitionOfFile = (path: string): ManifestEntry["data_file"]["partition"] => {
  const [, day, zone] = new RegExp(`^${READINGS_DIR}/day=([^/]+)/zone_id=([^/]+)/`).exec(path)!
  return {
    day: Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS),
    zone: zone === NO_ZONE ? null : decodeURIComponent(zone!),
  }
}

const entriesOf = ({ files }: Manifest, location: string): ReadonlyArray<ManifestEntry> =>
  files.map(({ path, bytes, rows }) => ({
    status: 1,
    snapshot_id: null,
    sequence_number: null,
    file_sequence_number: null,
    data_file: {
      content: 0,
      file_path: `${location}/${path}`,
      file_format: "PARQUET",
      partition: partitionOfFile(path),
      record_count: rows,
      file_size_in_bytes: bytes,
    },
  }))

/** Spec, appendix D: an int in four bytes, little-endian; a string as UTF-8. */
const boundOf = (value: number | string): Buffer => {
  if (typeof value === "string") return Buffer.from(value)
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

const summaryOf = (values: ReadonlyArray<number | string | null>): FieldSummary => {
  const known = values
    .filter((value) => value !== null)
    .map((value) => ({ value, bytes: boundOf(value) }))
    .toSorted((a, b) =>
      typeof a.value === "number" ? a.value - (b.value as number) : Buffer.compare(a.bytes, b.bytes),
    )
  return {
    contains_null: known.length < values.length,
    contains_nan: null,
    lower_bound: known[0]?.bytes ?? null,
    upper_bound: known.at(-1)?.bytes ?? null,
  }
}

/** Writes the manifest of a range, where it is not there already. */
const addManifest = async (root: string, location: string, range: Manifest, id: number): Promise<ManifestFile> => {
  const entries = entriesOf(range, location)
  const bytes = await avroFile(MANIFEST_ENTRY, entries, {
    schema: JSON.stringify(TABLE_SCHEMA),
    "schema-id": String(SCHEMA_ID),
    "partition-spec": JSON.stringify(PARTITION_FIELDS),
    "partition-spec-id": String(SPEC_ID),
    "format-version": "2",
    content: "data",
  })
  const path = tableManifestPath(range.partition, range.leaves, range.generation)
  await replaceDurably(join(root, path), bytes, join(root, `${path}.new`))
  const partitions = entries.map(({ data_file }) => data_file.partition)
  return {
    manifest_path: `${location}/${path}`,
    manifest_length: bytes.length,
    partition_spec_id: SPEC_ID,
    content: 0,
    sequence_number: id,
    min_sequence_number: id,
    added_snapshot_id: id,
    added_files_count: entries.length,
    existing_files_count: 0,
    deleted_files_count: 0,
    added_rows_count: range.rows,
    existing_rows_count: 0,
    deleted_rows_count: 0,
    partitions: [summaryOf(partitions.map(({ day }) => day)), summaryOf(partitions.map(({ zone }) => zone))],
  }
}

const sum = (files: ReadonlyArray<ManifestFile>, of: (file: ManifestFile) => number): number =>
  files.reduce((total, file) => total + of(file), 0)

/** Metadata, lists and manifests that nothing names any more. */
const removeOld = async (
  root: string,
  version: number,
  metadata: TableMetadata,
  files: ReadonlyArray<ManifestFile>,
): Promise<void> => {
  const named = new Set([
    metadataPath(version),
    // Whoever has read the hint a moment ago still finds it.
    metadataPath(version - 1),
    HINT_FILE,
    ...metadata.snapshots.map((one) => metadataFile(metadata, one["manifest-list"])),
    ...files.map((file) => metadataFile(metadata, file.manifest_path)),
  ])
  for (const name of readdirSync(join(root, METADATA_DIR)))
    if (!named.has(`${METADATA_DIR}/${name}`)) await rm(join(root, METADATA_DIR, name))
}

export interface TableOptions {
  readonly root: string
  readonly partitions: number
  /** Where readers find the export, a URI without a slash at its end. Null: where the table says it is, and no table where there is none. */
  readonly location: string | null
  /** Snapshots that are kept (default 100). */
  readonly snapshots?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/**
 * Brings the table to what the export holds. Call it when no range is being written; nothing is changed where nothing is new.
 * @returns null where there is no table, and none is asked for or nothing to make it of
 * @throws DataDirError where the table is said to lie elsewhere than before, ManifestError where its metadata was changed
 */
export const updateTable = async ({
  root,
  partitions,
  location: asked,
  snapshots = MAX_SNAPSHOTS,
  now = Date.now,
}: TableOptions): Promise<TableDone | null> => {
  const before = readTable(root)
  const location = asked ?? before?.metadata.location ?? null
  if (location === null) return null
  if (before !== null && before.metadata.location !== location)
    throw new DataDirError(
      `the table in ${root} is one of ${before.metadata.location}, not of ${location}: remove ${METADATA_DIR} to begin it anew`,
    )
  const ranges = Array.from({ length: partitions }, (_, partition) => manifestsOf(root, partition))
    .flat()
    .filter(({ files }) => files.length > 0)
  const old = new Map(
    (before === null ? [] : await manifestFilesOf(root, before.metadata)).map((file) => [file.manifest_path, file]),
  )
  const paths = ranges.map(
    ({ partition, leaves, generation }) => `${location}/${tableManifestPath(partition, leaves, generation)}`,
  )
  if (before === null && ranges.length === 0) return null
  const isSame = paths.every((path) => old.has(path)) && old.size === paths.length
  if (isSame && before !== null) {
    const files = [...old.values()]
    await writeHint(root, before.version)
    return {
      version: before.version,
      files: sum(files, (file) => file.added_files_count),
      rows: sum(files, (file) => file.added_rows_count),
      isNew: false,
    }
  }
  const id = (before?.metadata["last-sequence-number"] ?? 0) + 1
  const files: Array<ManifestFile> = []
  for (const [nth, range] of ranges.entries())
    files.push(old.get(paths[nth]!) ?? (await addManifest(root, location, range, id)))
  const added = files.filter((file) => file.added_snapshot_id === id)
  const keepsOld = [...old.keys()].every((path) => paths.includes(path))
  const list = await avroFile(MANIFEST_FILE, files, {
    "snapshot-id": String(id),
    "parent-snapshot-id": before === null ? "null" : String(before.metadata["current-snapshot-id"]),
    "sequence-number": String(id),
    "format-version": "2",
  })
  await replaceDurably(join(root, snapshotPath(id)), list, join(root, `${snapshotPath(id)}.new`))
  const snapshot: Snapshot = {
    "snapshot-id": id,
    ...(before === null || !keepsOld ? {} : { "parent-snapshot-id": before.metadata["current-snapshot-id"] }),
    "sequence-number": id,
    "timestamp-ms": now(),
    "manifest-list": `${location}/${snapshotPath(id)}`,
    summary: {
      operation: keepsOld ? "append" : "overwrite",
      "added-data-files": String(sum(added, (file) => file.added_files_count)),
      "added-records": String(sum(added, (file) => file.added_rows_count)),
      "total-data-files": String(sum(files, (file) => file.added_files_count)),
      "total-records": String(sum(files, (file) => file.added_rows_count)),
    },
    "schema-id": SCHEMA_ID,
  }
  const metadata = metadataAfter(before?.metadata ?? null, location, snapshot, keepsOld ? snapshots : 1)
  const version = (before?.version ?? 0) + 1
  const path = join(root, metadataPath(version))
  await replaceDurably(path, Buffer.from(`${JSON.stringify(metadata, null, 2)}\n`), `${path}.new`)
  await writeHint(root, version)
  await removeOld(root, version, metadata, files)
  return {
    version,
    files: sum(files, (file) => file.added_files_count),
    rows: sum(files, (file) => file.added_rows_count),
    isNew: true,
  }
}

const writeHint = async (root: string, version: number): Promise<void> => {
  const path = join(root, HINT_FILE)
  if (existsSync(path) && readFileSync(path, "utf8").trim() === String(version)) return
  await replaceDurably(path, Buffer.from(`${version}\n`), `${path}.new`)
}
