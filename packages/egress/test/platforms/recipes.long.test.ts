/**
 * Recipes whose engines come from PyPI: ClickHouse as chdb, the Python reader with fastavro, the SQL of others by sqlglot's
 * parsers. They are installed into an environment of their own; where that cannot be had, this says so and skips.
 */
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { encodeReadingRow, schemaOf } from "@assay/schemas"
import { beforeAll, describe, expect, it } from "vitest"
import { testDir } from "../support.ts"
import { exported, ROWS, recipe, TOTAL } from "./files.ts"

const STEP_MS = 600_000
const PACKAGES = ["chdb==4.4.0", "fastavro==1.13.1", "sqlglot==30.30.0"]

/** Kept for the next run: it takes minutes to install, and most of a gigabyte. */
const CACHE = fileURLToPath(new URL("../../../../node_modules/.cache/assay-python", import.meta.url))
const PYTHON = join(CACHE, "bin/python")

/** @returns why there is none, or null */
const install = (): string | null => {
  const isThere = spawnSync(PYTHON, ["-c", "import chdb, fastavro, sqlglot"]).status === 0
  if (isThere) return null
  for (const [command, args] of [
    ["python3", ["-m", "venv", "--clear", CACHE]],
    [join(CACHE, "bin/pip"), ["install", "--quiet", ...PACKAGES]],
  ] as const) {
    const { status, stderr, error } = spawnSync(command, [...args], { encoding: "utf8" })
    if (status !== 0) return error?.message ?? stderr.trim().split("\n").at(-1) ?? `${command} failed`
  }
  return null
}

/** What a script prints, as JSON. @throws with what it says where it fails */
const run = (script: string, args: ReadonlyArray<string> = [], cwd = testDir()): unknown => {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", script, ...args], { encoding: "utf8", cwd })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

describe("recipes", () => {
  let missing: string | null = null

  beforeAll(() => {
    missing = install()
    if (missing !== null)
      process.stderr.write(
        `\nSKIPPED in recipes.long.test.ts: no Python environment with ${PACKAGES.join(", ")}: ${missing}\n`,
      )
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
      ["bigquery.sql", "bigquery", 2],
      ["snowflake.sql", "snowflake", 2],
    ] as const)
      expect([file, run(script, [recipe(file), dialect])]).toEqual([file, statements])
    expect(() => run(script, ["SELECT FROM WHERE (", "duckdb"])).toThrow()
  })
})
