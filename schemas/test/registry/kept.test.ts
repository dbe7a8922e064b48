/** Records under the ids of a registry that is gone, read and written by the schemas that were kept with their log. */
import { SAMPLES } from "@assay/testkit/samples"
import { afterEach, describe, expect, it } from "vitest"
import { boundSchema, decodeEntry, encodeEntry, schemaOf, useEmbeddedIds, type WireEntry } from "../../src/index.ts"
import { bindKept, type KeptSchemas, readKept } from "../../src/registry/kept.ts"
import { STREAM_SCHEMAS, type SubjectStream } from "../../src/registry/subjects.ts"
import { schemaIdOf } from "../../src/wire/header.ts"
import { goldenVersions, versionSchema } from "../versions.ts"
import { asRecord, codeOf, STREAMS } from "./setup.ts"

afterEach(useEmbeddedIds)

const FIRST = 700
const STREAM_NAMES = Object.keys(STREAM_SCHEMAS) as ReadonlyArray<SubjectStream>
const entry = SAMPLES["entry.v3.message"] as WireEntry
const bodyOf = (version: "v0" | "v2"): Buffer => Buffer.from(goldenVersions("entry")[version].body, "base64")

/** Of a registry that gave each subject ids of its own; entries have an earlier and a later version beside that of this build. */
const kept = (versionsOfEntry: ReadonlyArray<string> = ["v0", "v1", "v2"], first = FIRST): KeptSchemas => ({
  version: 1,
  registry: "http://gone.example",
  subjects: STREAM_NAMES.map((key, nth) => {
    const name = STREAM_SCHEMAS[key]
    const texts =
      name === "entry"
        ? versionsOfEntry.map((one) =>
            one === "v1" ? JSON.stringify(schemaOf(name)) : versionSchema(name, one as "v0"),
          )
        : [JSON.stringify(schemaOf(name))]
    const versions = texts.map((schema, at) => ({ id: first + 10 * nth + at, version: at + 1, schema }))
    return { stream: STREAMS[key], subject: `${STREAMS[key]}-value`, compatibility: null, versions }
  }),
})

describe("kept schemas", () => {
  it("read every version under the ids of then, and write under them", () => {
    const ids = bindKept(kept(), STREAMS, true)
    const record = encodeEntry(entry)
    expect(schemaIdOf(record)).toBe(FIRST + 1)
    expect(ids.stamp(STREAMS.submitted, record)).toBe(record)
    expect(schemaIdOf(ids.stamp(STREAMS.identified, record))).toBe(FIRST + 11)
    expect(ids.prepare(STREAMS.submitted, [{ value: record }])).toBeNull()
    for (const id of [FIRST + 1, FIRST + 11]) expect(decodeEntry(asRecord(id, record.subarray(5)).value)).toEqual(entry)
    for (const [id, version] of [
      [FIRST, "v0"],
      [FIRST + 12, "v2"],
    ] as const)
      expect(decodeEntry(asRecord(id, bodyOf(version)).value).body.kind).toBe("submitted")
    expect(() => decodeEntry(asRecord(FIRST + 9, bodyOf("v2")).value)).toThrow(/schema/)
  })

  it("are bound once for each log: the same ones again change nothing", () => {
    bindKept(kept(), STREAMS, false)
    const record = encodeEntry(entry)
    bindKept(kept(), STREAMS, false)
    expect(decodeEntry(record)).toEqual(entry)
    expect(boundSchema("entry").id).toBe(FIRST + 1)
  })

  it("of another Assay are read, and nothing is written under them", async () => {
    expect(await codeOf(() => bindKept(kept(["v0", "v2"]), STREAMS, true))).toBe("not-registered")
    useEmbeddedIds()
    bindKept(kept(["v0", "v2"]), STREAMS, false)
    expect(decodeEntry(asRecord(FIRST + 1, bodyOf("v2")).value).body.kind).toBe("submitted")
  })

  it("that give one id to two layouts are not read by one process", async () => {
    bindKept(kept(), STREAMS, false)
    expect(await codeOf(() => bindKept(kept(["v1", "v0", "v2"]), STREAMS, false))).toBe("misconfigured")
  })

  it.each([
    ["{", "no JSON"],
    ["{}", "its version is not 1"],
    ['{"version":1,"subjects":[{"stream":"a","subject":"b","versions":[]}]}', "a subject has no versions"],
    ['{"version":1,"subjects":[{"stream":"a","subject":"b","versions":[{"id":0}]}]}', "a subject has no versions"],
  ])("are refused where they are none: %s", (text, why) => {
    expect(() => readKept(text)).toThrow(why)
    expect(readKept(JSON.stringify(kept()))).toEqual(kept())
  })
})
