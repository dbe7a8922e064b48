/** The recipe for DuckDB, run as it stands in the guide, over files as an export writes them. */
import { DuckDBInstance } from "@duckdb/node-api"
import { expect, it } from "vitest"
import { exported, ROWS, recipe, TOTAL } from "./files.ts"

it("gives a table with the numbers of the log, and a second load changes nothing", async () => {
  const sql = recipe("duckdb.sql").replaceAll("readings-export", exported())
  const duckdb = await (await DuckDBInstance.create(":memory:")).connect()
  try {
    for (let load = 0; load < 2; load++) await duckdb.run(sql)
    const one = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowObjectsJson()[0]!
    expect(await one("SELECT count(*)::INT AS n, sum(value) AS total FROM loaded_readings")).toEqual({
      n: ROWS.length,
      total: TOTAL,
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
      us: String(ROWS[0]!.measuredAt),
      ms: String(ROWS[0]!.ingestedAt),
    })
    expect(await one("SELECT DISTINCT text FROM readings WHERE text IS NOT NULL")).toEqual({ text: "Lüftung; DROP" })
    expect(await one("SELECT hex(data) AS data FROM readings WHERE data IS NOT NULL")).toEqual({ data: "00FF" })
    expect(await one(`SELECT count(*)::INT AS n FROM late`)).toEqual({ n: 1 })
    expect(await one("SELECT DISTINCT zone, zone_id FROM readings")).toEqual({ zone: "press", zone_id: "press" })
  } finally {
    duckdb.closeSync()
  }
})
