/** Stock Avro readers load an exported schema from its file alone, and read and write our records by it. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import avro from "avsc"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { schemaOf } from "../src/index.ts"
import { type SchemaFile, STREAM_SCHEMAS, type SubjectStream, schemaFiles, subjectsOf } from "../src/registry/index.ts"
import { goldenNames, goldenRecord } from "./golden.ts"

const HEADER = 5
const STREAMS = Object.fromEntries(Object.keys(STREAM_SCHEMAS).map((key) => [key, `${key}.v1`])) as Record<
  SubjectStream,
  string
>
const files: ReadonlyArray<SchemaFile> = schemaFiles(subjectsOf(STREAMS, "plant1."))
const bodiesOf = (file: SchemaFile): ReadonlyArray<Buffer> =>
  goldenNames()
    .filter((name) => name.split(".")[0] === file.schema)
    .map((name) => goldenRecord(name).subarray(HEADER))

let directory: string
const at = (file: SchemaFile): string => join(directory, file.name)
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "assay-avsc-"))
  for (const file of files) writeFileSync(at(file), file.text)
})
afterAll(() => rmSync(directory, { recursive: true }))

/** Whether this machine's Python has fastavro. Says so, loudly, where not. */
const missesFastavro = (): boolean => {
  const { status } = spawnSync("python3", ["-c", "import fastavro"])
  if (status === 0) return false
  process.stderr.write(
    "\nSKIPPED: schemas/test/export.test.ts: python3 has no fastavro (pip install fastavro): its reading is not tested\n",
  )
  return true
}

it("has one file per stream, by the name of its subject", () => {
  expect(files.map(({ name }) => name)).toEqual(Object.values(STREAMS).map((stream) => `plant1.${stream}-value.avsc`))
})

it("holds nothing that only our generator reads", () => {
  for (const { schema } of files) {
    const text = JSON.stringify(schemaOf(schema))
    for (const word of ["trustType", "repeats", "codec", "groups", "fixedId", "kind", "list", "union"]) {
      expect(text).not.toContain(`"${word}":`)
    }
  }
})

describe.each(files)("$name", (file) => {
  it("is read by avsc, and gives the bytes of the golden records", () => {
    const type = avro.Type.forSchema(JSON.parse(readFileSync(at(file), "utf8")), { wrapUnions: "auto" })
    expect(bodiesOf(file)).not.toHaveLength(0)
    for (const body of bodiesOf(file)) expect(Buffer.compare(type.toBuffer(type.fromBuffer(body)), body)).toBe(0)
  })
})

/** Reads [file, [body, ...]] pairs; for each body tells its members, and whether writing what was read gives it again. */
const PYTHON = `
import base64, io, json, sys
from fastavro import parse_schema, schemaless_reader, schemaless_writer
decoded = []
for path, bodies in json.load(sys.stdin):
    with open(path) as source:
        schema = parse_schema(json.load(source))
    for text in bodies:
        body = base64.b64decode(text)
        source = io.BytesIO(body)
        value = schemaless_reader(source, schema, return_record_name=True)
        out = io.BytesIO()
        schemaless_writer(out, schema, value)
        decoded.append({
            "whole": source.tell() == len(body),
            "same": out.getvalue() == body,
            "members": list(value),
            "time": str(value["time"]) if "time" in value else None,
        })
json.dump(decoded, sys.stdout)
`

interface Decoded {
  readonly whole: boolean
  readonly same: boolean
  readonly members: ReadonlyArray<string>
  readonly time: string | null
}

it.skipIf(missesFastavro())("is read by fastavro, times as times, and gives the bytes of the golden records", () => {
  const input = files.map((file) => [at(file), bodiesOf(file).map((body) => body.toString("base64"))])
  const { stdout, stderr } = spawnSync("python3", ["-c", PYTHON], { input: JSON.stringify(input), encoding: "utf8" })
  expect(stderr).toBe("")
  const decoded = JSON.parse(stdout) as ReadonlyArray<Decoded>
  const schemas = files.flatMap((file) => bodiesOf(file).map(() => file.schema))
  expect(decoded).toHaveLength(schemas.length)
  decoded.forEach(({ whole, same, members, time }, index) => {
    const fields = (schemaOf(schemas[index]!) as { fields: ReadonlyArray<{ name: string }> }).fields
    expect({ whole, same, members }).toEqual({ whole: true, same: true, members: fields.map(({ name }) => name) })
    if (time !== null && time !== "None") expect(time).toBe("2025-10-09 08:53:20.123000+00:00")
  })
  expect(decoded.some(({ time }) => time?.startsWith("2025"))).toBe(true)
})
