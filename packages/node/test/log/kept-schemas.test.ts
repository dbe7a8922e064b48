/** A data directory that has the schemas of its records beside them. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { decodeEntry, encodeEntry, schemaOf, useEmbeddedIds } from "@assay/schemas"
import { type KeptSchemas, STREAM_SCHEMAS, type SubjectStream } from "@assay/schemas/registry"
import { STREAMS } from "@assay/streams"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { copyKeptSchemas, openDirectory, writeKeptSchemas } from "../../src/log/kept-schemas.ts"

const FIRST = 4_000
const at = { stream: STREAMS.submitted, partition: 0 }
const entry = { origin: null, time: null, body: { kind: "control", tokens: ["a"] } } as const
let dir = ""
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "assay-kept-"))
  await (await openEmbedded({ dir, partitions: 1 })).close()
})
afterEach(() => {
  useEmbeddedIds()
  rmSync(dir, { recursive: true, force: true })
})

const kept = (without: SubjectStream | null = null): KeptSchemas => ({
  version: 1,
  registry: "http://gone.example",
  subjects: (Object.keys(STREAM_SCHEMAS) as ReadonlyArray<SubjectStream>)
    .filter((key) => key !== without)
    .map((key, nth) => ({
      stream: STREAMS[key],
      subject: `${STREAMS[key]}-value`,
      compatibility: null,
      versions: [{ id: FIRST + nth, version: 1, schema: JSON.stringify(schemaOf(STREAM_SCHEMAS[key])) }],
    })),
})

describe("a data directory with schemas.json", () => {
  it("is written and read under its ids, and a copy that has the file too", async () => {
    writeKeptSchemas(dir, kept())
    const log = await openDirectory({ dir })
    await log.append(at, [{ key: Buffer.from("k"), value: encodeEntry(entry) }])
    const [record] = await log.read(at, 0, 1, 1_000)
    expect(Buffer.from(record!.value).readUInt32BE(1)).toBe(FIRST)
    expect(decodeEntry(record!.value)).toMatchObject(entry)
    await log.close()
    const other = mkdtempSync(join(tmpdir(), "assay-kept-"))
    expect(copyKeptSchemas(dir, other)).toBe(true)
    // Nobody but its owner reads it, as everything in a data directory.
    expect(statSync(join(other, "schemas.json")).mode & 0o077).toBe(0)
    rmSync(other, { recursive: true })
  })

  it("is only read where a schema of this version is missing, and says what to do", async () => {
    writeKeptSchemas(dir, kept("passports"))
    await expect(openDirectory({ dir })).rejects.toThrow(
      /schemas.json: .*have not that of this version for trust.passports/,
    )
    await (await openDirectory({ dir, readOnly: true })).close()
  })

  it("that is none is named, and the directory is left as it is", async () => {
    writeFileSync(join(dir, "schemas.json"), "{")
    await expect(openDirectory({ dir })).rejects.toThrow(
      /schemas.json: it does not hold the schemas of a log: it is no JSON/,
    )
    rmSync(join(dir, "schemas.json"))
    expect(copyKeptSchemas(dir, dir)).toBe(false)
    await (await openDirectory({ dir })).close()
  })
})
