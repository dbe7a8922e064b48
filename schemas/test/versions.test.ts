import { afterEach, describe, expect, it } from "vitest"
import { boundSchema, useEmbeddedIds } from "../src/index.ts"
import { converter } from "../src/resolve/convert.ts"
import { toJson } from "./golden.ts"
import { goldenVersions, readAs, STREAM_RECORDS, VERSIONS, versionSchema } from "./versions.ts"

/** What a registry might have given to the versions. */
const IDS = { v0: 4001, v1: 4002, v2: 2 ** 31 - 1 } as const

const asRecord = (body: Buffer, id: number): Buffer => {
  const header = Buffer.alloc(5)
  header.writeInt32BE(id, 1)
  return Buffer.concat([header, body])
}

afterEach(useEmbeddedIds)

describe.each(STREAM_RECORDS)("$name", (record) => {
  const golden = goldenVersions(record.name)

  it.each(VERSIONS.flatMap((writer) => VERSIONS.map((reader) => ({ writer, reader }))))(
    "written by $writer, read by $reader",
    ({ writer, reader }) => {
      const body = Buffer.from(golden[writer].body, "base64")
      expect(readAs(record, body, writer, reader)).toEqual(golden[writer].reads[reader])
    },
  )

  it.each(VERSIONS)("written by %s, read by the codec", (writer) => {
    const schema = boundSchema(record.name)
    for (const version of VERSIONS)
      schema.others.set(IDS[version], converter(record.name, versionSchema(record.name, version)))
    const value = record.decode(asRecord(Buffer.from(golden[writer].body, "base64"), IDS[writer]))
    // The shapes are those of the codec, byte for byte: nothing of the writer's own is left, and no default is missing.
    expect(JSON.parse(toJson(value))).toEqual(golden[writer].reads.v1)
    expect(JSON.parse(toJson(record.decode(record.encode(value))))).toEqual(golden[writer].reads.v1)
  })
})
