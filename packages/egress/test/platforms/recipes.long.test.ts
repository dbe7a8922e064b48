/**
 * Recipes whose engines come from PyPI: ClickHouse as chdb, the Python reader with fastavro, the SQL of others by sqlglot's
 * parsers. They are installed into an environment of their own; where that cannot be had, this says so and skips.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { encodeReadingRow, schemaOf } from "@assay/schemas"
import { beforeAll, describe, expect, it } from "vitest"
import { updateTable } from "../../src/parquet/iceberg/table.ts"
import { putRange } from "../parquet/iceberg/support.ts"
import { testDir } from "../support.ts"
import { exported, ROWS, recipe, TOTAL } from "./files.ts"
import { type Java, prepareJava } from "./java.ts"
import { pythonOrSay, runPython as run } from "./python.ts"

const STEP_MS = 600_000

describe("recipes", () => {
  let missing: string | null = null

  beforeAll(() => {
    missing = pythonOrSay("recipes.long.test.ts")
  }, STEP_MS)

  it("ClickHouse has the numbers of the log, also after a second load", { timeout: STEP_MS }, ({ skip }) => {
    if (missing !== null) return skip(missing)
    const [create, insert, select] = recipe("clickhouse.sql").replaceAll("readings-export", exported()).split(/;\n/)
    const script = `
import json, sys
from chdb import session
s = session.Session()
s.query("CREATE DATABASE d"); s.query("USE d")
create, insert, select = json.loads(sys.argv[1])
s.query(create)
for _ in range(2): s.query(insert)
rows = [json.loads(line) for line in str(s.query(select, "JSONEachRow")).strip().split("\\n")]
one = json.loads(str(s.query("SELECT count() AS n, sum(value) AS total, toUnixTimestamp64Micro(min(measuredAt)) AS us, toUnixTimestamp64Milli(min(ingestedAt)) AS ms, any(hex(data)) AS data FROM readings FINAL", "JSONEachRow")))
print(json.dumps({"rows": rows, "one": {k: str(v) for k, v in one.items()}}))
`
    const found = run(script, [JSON.stringify([create, insert, select])])
    expect(found).toMatchObject({
      one: {
        n: String(ROWS.length),
        us: String(ROWS[0]!.measuredAt),
        ms: String(ROWS[0]!.ingestedAt),
        data: "00FF",
      },
    })
    expect(Number((found as { one: { total: string } }).one.total)).toBe(TOTAL)
    expect((found as { rows: ReadonlyArray<{ name: string }> }).rows.map(({ name }) => name.split(":").at(-1))).toEqual(
      ["door", "mode", "temperature"],
    )
  })

  it("the Python reader has each row once, however often it comes", { timeout: STEP_MS }, ({ skip }) => {
    if (missing !== null) return skip(missing)
    const dir = testDir()
    writeFileSync(join(dir, "readings.py"), recipe("readings.py"))
    writeFileSync(join(dir, "row.avsc"), JSON.stringify(schemaOf("reading-row")))
    const records = [...ROWS, ...ROWS.slice(0, 50)].map((row) => Buffer.from(encodeReadingRow(row)).toString("base64"))
    writeFileSync(join(dir, "records.json"), JSON.stringify(records))
    const script = `
import base64, json, sys
sys.path.insert(0, ".")
import readings
read, db = readings.reader("row.avsc"), readings.table("out.db")
for record in json.load(open("records.json")):
    readings.insert(db, read(base64.b64decode(record)))
print(json.dumps(db.execute("SELECT count(*), sum(value), min(measured_at) FROM readings").fetchone()))
`
    const [count, total, first] = run(script, [], dir) as readonly [number, number, string]
    expect({ count, total }).toEqual({ count: ROWS.length, total: TOTAL })
    expect(Date.parse(first)).toBe(Math.floor(ROWS[0]!.measuredAt! / 1000))
  })

  it("the SQL of the others is parsed by their dialects", { timeout: STEP_MS }, ({ skip }) => {
    if (missing !== null) return skip(missing)
    const script = `
import json, sys, sqlglot
print(json.dumps(len(sqlglot.parse(sys.argv[1], read=sys.argv[2], error_level=sqlglot.ErrorLevel.RAISE))))
`
    for (const [file, dialect, statements] of [
      ["duckdb.sql", "duckdb", 6],
      ["clickhouse.sql", "clickhouse", 3],
      ["clickhouse-kafka.sql", "clickhouse", 2],
      ["spark.sql", "databricks", 4],
      ["spark.sql", "spark", 4],
      ["bigquery.sql", "bigquery", 2],
      ["snowflake.sql", "snowflake", 2],
    ] as const)
      expect([file, run(script, [recipe(file), dialect])]).toEqual([file, statements])
    expect(() => run(script, ["SELECT FROM WHERE (", "duckdb"])).toThrow()
  })

  it("an Iceberg table has the rows of its files, for readers that others wrote, also after a range was written anew", {
    timeout: STEP_MS,
  }, async ({ skip }) => {
    if (missing !== null) return skip(missing)
    const root = testDir()
    const half = Math.ceil(ROWS.length / 2)
    const update = () => updateTable({ root, partitions: 1, location: `file://${root}` })
    await putRange(root, { from: 0, to: 5 }, ROWS.slice(0, half))
    await update()
    await putRange(root, { from: 5, to: 9 }, ROWS.slice(half))
    await update()
    const pyiceberg = `
import json, sys
from pyiceberg.table import StaticTable
table = StaticTable.from_metadata(sys.argv[1])
rows = table.scan().to_arrow().to_pylist()
one = table.scan(row_filter="zone = 'press'", selected_fields=("originOffset",)).to_arrow().num_rows
none = table.scan(row_filter="zone = 'nowhere'").to_arrow().num_rows
print(json.dumps({
  "rows": len(rows), "total": sum(r["value"] or 0 for r in rows), "press": one, "nowhere": none,
  "offsets": sorted(str(r["originOffset"]) + "#" + str(r["position"]) for r in rows),
  "micros": min(int(r["measuredAt"].timestamp() * 1000000) for r in rows if r["measuredAt"]),
  "millis": min(int(r["ingestedAt"].timestamp() * 1000) for r in rows),
  "snapshots": len(table.metadata.snapshots), "summary": table.current_snapshot().summary.operation.value,
}))
`
    const inTable = (rows: typeof ROWS) => ({
      rows: rows.length,
      total: rows.reduce((sum, { value }) => sum + (value ?? 0), 0),
      press: rows.length,
      nowhere: 0,
      offsets: rows.map(({ originOffset, position }) => `${originOffset}#${position}`).toSorted(),
      micros: ROWS[0]!.measuredAt,
      millis: ROWS[0]!.ingestedAt,
    })
    expect(run(pyiceberg, [join(root, "metadata/v2.metadata.json")])).toEqual({
      ...inTable(ROWS),
      snapshots: 2,
      summary: "append",
    })
    const clickhouse = `
import json, sys
from chdb import session
s = session.Session()
print(str(s.query("SELECT count() AS n, sum(value) AS total, uniqExact(originOffset, position) AS different FROM icebergLocal('" + sys.argv[1] + "')", "JSONEachRow")))
`
    expect(run(clickhouse, [root], root)).toEqual({ n: ROWS.length, total: TOTAL, different: ROWS.length })
    const left = ROWS.slice(2, half)
    await putRange(root, { from: 0, to: 5 }, left)
    await update()
    expect(run(pyiceberg, [join(root, "metadata/v3.metadata.json")])).toEqual({
      ...inTable([...left, ...ROWS.slice(half)]),
      snapshots: 1,
      summary: "overwrite",
    })
  })

  describe("Java", () => {
    let java: Java | string

    beforeAll(() => {
      java = prepareJava()
      if (typeof java === "string")
        process.stderr.write(`\nSKIPPED in recipes.long.test.ts: no Java recipes: ${java}\n`)
    }, STEP_MS)

    const guide = (name: string): string =>
      fileURLToPath(new URL(`../../../../docs/guides/data-platforms/${name}`, import.meta.url))

    it("compiles without a warning", { timeout: STEP_MS }, ({ skip }) => {
      if (typeof java === "string") return skip(java)
      java.compile(guide("Readings.java"), testDir())
    })

    it("Flink's own parser reads the SQL for Flink, and refuses what is none", { timeout: STEP_MS }, ({ skip }) => {
      if (typeof java === "string") return skip(java)
      const dir = testDir()
      java.compile(fileURLToPath(new URL("./FlinkCheck.java", import.meta.url)), dir)
      expect(java.run(dir, "FlinkCheck", [guide("flink.sql")])).toBe("2\n")
      writeFileSync(join(dir, "none.sql"), "SELECT FROM (")
      const { run: runJava } = java
      expect(() => runJava(dir, "FlinkCheck", [join(dir, "none.sql")])).toThrow(/parse/i)
    })
  })
})
