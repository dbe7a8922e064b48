/** The recipe for DuckDB, run as it stands in the guide, over files as an export writes them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { ReadingRow } from "@assay/schemas"
import { DuckDBInstance } from "@duckdb/node-api"
import { expect, it } from "vitest"
import { parquetOf } from "../../src/parquet/file.ts"
import { rowsPath } from "../../src/parquet/layout.ts"
import { readingRows } from "../../src/readings/rows.ts"
import { decidedWith, reading } from "../readings/support.ts"
import { testDir } from "../support.ts"

const RECIPE = new URL("../../../../docs/guides/data-platforms/duckdb.sql", import.meta.url)

const rows: ReadonlyArray<ReadingRow> = [
  ...Array.from({ length: 300 }, (_, n) =>
    readingRows(
      decidedWith(n, {}, [
        reading("temperature", { value: n / 8 }),
        reading("mode", { value: null, text: "Lüftung; DROP" }),
      ]),
    ),
  ),
  readingRows(
    decidedWith(400, { outcome: "annotated", kind: "released" }, [reading("door", { value: null, flag: false })]),
  ),
].flat()
const withData: ReadonlyArray<ReadingRow> = [
  ...rows,
  { ...rows[0]!, originOffset: 500, value: null, data: Buffer.from([0, 255]) },
]

const written = (): string => {
  const root = testDir()
  const byFile = Map.groupBy(withData, (row) => rowsPath(row, 0, { from: 0, to: 9 }))
  for (const [path, list] of byFile) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), parquetOf(list, { "assay.leaves": "0-9" }))
  }
  return root
}

it("gives a table with the numbers of the log, and a second load changes nothing", async () => {
  const root = written()
  const recipe = readFileSync(RECIPE, "utf8").replaceAll("readings-export", root)
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect()
  try {
    for (let load = 0; load < 2; load++) await duckdb.run(recipe)
    const one = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson()[0]!
    expect(await one("SELECT count(*)::INT AS n, sum(value) AS total FROM loaded_readings")).toEqual({
      n: withData.length,
      total: withData.reduce((sum, { value }) => sum + (value ?? 0), 0),
    })
    expect(
      await one(
        "SELECT readings::INT AS n, average, verified::INT AS verified FROM summary WHERE name LIKE '%:temperature'",
      ),
    ).toEqual({
      n: 301,
      average: 299 / 16,
      verified: 301,
    })
    // Times are UTC, to the microsecond; texts and bytes are what the device said.
    expect(
      await one(
        `SELECT epoch_us("measuredAt")::VARCHAR AS us, epoch_ms("ingestedAt")::VARCHAR AS ms FROM readings LIMIT 1`,
      ),
    ).toEqual({
      us: String(rows[0]!.measuredAt),
      ms: String(rows[0]!.ingestedAt),
    })
    expect(await one("SELECT DISTINCT text FROM readings WHERE text IS NOT NULL")).toEqual({ text: "Lüftung; DROP" })
    expect(await one("SELECT hex(data) AS data FROM readings WHERE data IS NOT NULL")).toEqual({ data: "00FF" })
    expect(await one(`SELECT count(*)::INT AS n FROM late`)).toEqual({ n: 1 })
    expect(await one("SELECT DISTINCT zone, zone_id FROM readings")).toEqual({ zone: "press", zone_id: "press" })
  } finally {
    duckdb.closeSync()
  }
})
