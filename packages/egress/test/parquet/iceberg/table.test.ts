/** An Iceberg table beside the files of an export: each file once, whatever breaks in between. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { COLUMNS, FIELD_IDS } from "../../../src/parquet/columns.ts"
import { manifestsOf } from "../../../src/parquet/directory.ts"
import { avroRecords } from "../../../src/parquet/iceberg/avro-file.ts"
import { TABLE_SCHEMA } from "../../../src/parquet/iceberg/schema.ts"
import { dataFilesOf, readTable, updateTable } from "../../../src/parquet/iceberg/table.ts"
import { readingRows } from "../../../src/readings/rows.ts"
import { decidedWith } from "../../readings/support.ts"
import { testDir } from "../../support.ts"
import { putRange } from "./support.ts"

const LOCATION = "s3://bucket/readings"
const rowsOf = (offset: number, zone: string | null = "press") =>
  readingRows(decidedWith(offset, {})).map((row) => ({ ...row, zone }))

const update = (root: string, location: string | null = LOCATION) =>
  updateTable({ root, partitions: 1, location, now: () => 1_790_000_000_000 })

const filesIn = async (root: string) =>
  (await dataFilesOf(root, readTable(root)!.metadata)).map(({ file_path, record_count, partition }) => ({
    file: file_path,
    rows: record_count,
    ...partition,
  }))

const wanted = (root: string) =>
  manifestsOf(root, 0)
    .flatMap(({ files }) => files)
    .map(({ path }) => `${LOCATION}/${path}`)

describe("a table", () => {
  it("names every file of the export once, with its rows and partition, over several calls", async () => {
    const root = testDir()
    expect(await update(root, null)).toBeNull()
    await putRange(root, { from: 0, to: 5 }, [...rowsOf(1), ...rowsOf(2, null), ...rowsOf(3)])
    expect(await update(root)).toMatchObject({ version: 1, files: 2, rows: 3, isNew: true })
    await putRange(root, { from: 5, to: 9 }, rowsOf(6))
    await putRange(root, { from: 9, to: 12 }, [])
    // The location is known from before.
    expect(await update(root, null)).toMatchObject({ version: 2, files: 3, rows: 4, isNew: true })
    expect((await filesIn(root)).map(({ file }) => file).toSorted()).toEqual(wanted(root).toSorted())
    expect(await filesIn(root)).toContainEqual({
      file: expect.stringContaining("zone_id=__HIVE_DEFAULT_PARTITION__/p000-0-5"),
      rows: 1,
      day: Math.floor(rowsOf(1)[0]!.ingestedAt / 86_400_000),
      zone: null,
    })
    expect(await update(root)).toMatchObject({ version: 2, isNew: false })
    const { metadata } = readTable(root)!
    expect(metadata.snapshots.map(({ summary }) => summary["total-records"])).toEqual(["3", "4"])
    expect(metadata.snapshots[1]).toMatchObject({ "parent-snapshot-id": 1, "sequence-number": 2 })
    expect(readFileSync(join(root, "metadata/version-hint.text"), "utf8")).toBe("2\n")
  })

  it("is made whole by the next call where a crash cut off a commit", async () => {
    const root = testDir()
    await putRange(root, { from: 0, to: 5 }, rowsOf(1))
    await update(root)
    await putRange(root, { from: 5, to: 9 }, rowsOf(6))
    await update(root)
    const whole = await filesIn(root)
    // Manifest and list are there, and the metadata that names them is not.
    rmSync(join(root, "metadata/v2.metadata.json"))
    expect(await update(root)).toMatchObject({ version: 2, rows: 2, isNew: true })
    expect(await filesIn(root)).toEqual(whole)
    // The metadata is there, and the hint is old.
    rmSync(join(root, "metadata/version-hint.text"))
    expect(await update(root)).toMatchObject({ version: 2, isNew: false })
    expect(existsSync(join(root, "metadata/version-hint.text"))).toBe(true)
  })

  it("forgets what a range held that was written anew, with all earlier snapshots", async () => {
    const root = testDir()
    await putRange(root, { from: 0, to: 5 }, [...rowsOf(1), ...rowsOf(2)])
    await putRange(root, { from: 5, to: 9 }, rowsOf(6))
    await update(root)
    await putRange(root, { from: 0, to: 5 }, rowsOf(2))
    expect(await update(root)).toMatchObject({ version: 2, rows: 2, isNew: true })
    const { metadata } = readTable(root)!
    expect(metadata.snapshots).toHaveLength(1)
    expect(metadata.snapshots[0]!.summary).toMatchObject({ operation: "overwrite", "total-records": "2" })
    expect(metadata.snapshots[0]).not.toHaveProperty("parent-snapshot-id")
    expect((await filesIn(root)).map(({ file }) => file).toSorted()).toEqual(wanted(root).toSorted())
    for (const name of readdirSync(join(root, "metadata"))) expect(name).not.toMatch(/^p000-0-5\.avro$|^snap-1/)
  })

  it("keeps a bounded number of snapshots and files", async () => {
    const root = testDir()
    for (let n = 0; n < 7; n++) {
      await putRange(root, { from: n, to: n + 1 }, rowsOf(n))
      await updateTable({ root, partitions: 1, location: LOCATION, snapshots: 4 })
    }
    const { metadata } = readTable(root)!
    expect(metadata.snapshots).toHaveLength(4)
    expect(metadata["snapshot-log"]).toHaveLength(4)
    const names = readdirSync(join(root, "metadata"))
    expect(names.filter((name) => name.startsWith("snap-"))).toHaveLength(4)
    expect(names.filter((name) => name.endsWith(".json"))).toHaveLength(2)
    expect(await filesIn(root)).toHaveLength(7)
  })

  it("is refused where it is said to lie elsewhere than before", async () => {
    const root = testDir()
    await putRange(root, { from: 0, to: 5 }, rowsOf(1))
    await update(root)
    await expect(update(root, "s3://other/readings")).rejects.toThrow("is one of s3://bucket/readings")
  })

  it("has an id of its own for each column, in the Parquet files too, and says nothing of devices in its own", async () => {
    expect(Object.keys(FIELD_IDS)).toEqual(COLUMNS.map(({ name }) => name))
    expect(new Set(Object.values(FIELD_IDS)).size).toBe(COLUMNS.length)
    expect(TABLE_SCHEMA.fields.map(({ id }) => id)).toEqual(Object.values(FIELD_IDS))
    const root = testDir()
    const rows = rowsOf(1)
    await putRange(root, { from: 0, to: 5 }, rows)
    await update(root)
    for (const name of readdirSync(join(root, "metadata")))
      expect(readFileSync(join(root, "metadata", name)).includes(rows[0]!.device)).toBe(false)
    const [manifest] = await avroRecords(readFileSync(join(root, "metadata/p000-0-5.avro")))
    expect(manifest).toMatchObject({ status: 1, snapshot_id: null, data_file: { content: 0, file_format: "PARQUET" } })
  })
})
