/**
 * Every writer and every reader of each record on a stream: `v1` is the present version, `v0` an earlier and `v2` a later
 * one, as the rules of schemas/README.md allow them. `schemas/golden/versions/<record>.<version>.avsc` are their schemas,
 * `<record>.json` holds what each wrote (base64, without a header) and what each reads of it. Running this file adds what
 * is missing; it never touches what is there.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { SAMPLES } from "@assay/testkit/samples"
import avro from "avsc"
import { schemaOf } from "../src/index.ts"
import { GOLDEN, toJson } from "./golden.ts"
import { RECORDS, type RecordCase } from "./records.ts"

export const VERSIONS = ["v0", "v1", "v2"] as const
export type VersionName = (typeof VERSIONS)[number]

/** Leaves and statements are in no stream: the log of transparency keeps or commits to them, and no registry knows them. */
export const STREAM_RECORDS = RECORDS.filter(({ name }) => name !== "leaf" && name !== "statement")

// biome-ignore lint/suspicious/noExplicitAny: a schema is JSON of many shapes
type Schema = any

/** The schema with `change` done to each record in it, the outermost last. */
const mapRecords = (schema: Schema, change: (record: Schema) => Schema): Schema => {
  const into = (s: Schema): Schema => {
    if (Array.isArray(s)) return s.map(into)
    if (typeof s !== "object") return s
    if (s.type === "array") return { ...s, items: into(s.items) }
    if (s.type !== "record") return s
    return change({ ...s, fields: s.fields.map((field: Schema) => ({ ...field, type: into(field.type) })) })
  }
  return into(schema)
}

const bare = ({ doc: _, ...rest }: Schema): Schema => rest

/** Before the fields that have defaults were added, and with one that was since dropped. */
const earlier = (schema: Schema): Schema => {
  const old = mapRecords(schema, (record) => ({
    ...bare(record),
    fields: record.fields.filter((field: Schema) => field.default === undefined).map(bare),
  }))
  const dropped = { name: "legacy", type: { type: "map", values: { type: "array", items: "string" } }, default: {} }
  return { ...old, fields: [dropped, ...old.fields] }
}

/** With a field more at the end, and one in every origin within. */
const later = (schema: Schema): Schema =>
  mapRecords(schema, (record) =>
    record.name === "Origin" || record.name === schema.name
      ? { ...record, fields: [...record.fields, { name: "region", type: ["null", "string"], default: null }] }
      : record,
  )

const MAKE: Readonly<Record<VersionName, (schema: Schema) => Schema>> = {
  v0: earlier,
  v1: (schema) => schema,
  v2: later,
}

const VERSIONS_DIR = new URL("versions/", GOLDEN)
const file = (name: string): URL => new URL(name, VERSIONS_DIR)

/** The schema of that version, JSON text. */
export const versionSchema = (record: string, version: VersionName): string =>
  readFileSync(file(`${record}.${version}.avsc`), "utf8")

export const versionType = (record: string, version: VersionName): avro.Type =>
  avro.Type.forSchema(JSON.parse(versionSchema(record, version)), { wrapUnions: "auto" })

export interface Written {
  /** The body, base64. */
  readonly body: string
  /** What each version reads of it, as `toJson` and back. */
  readonly reads: Readonly<Record<VersionName, unknown>>
}

export const goldenVersions = (record: string): Readonly<Record<VersionName, Written>> =>
  JSON.parse(readFileSync(file(`${record}.json`), "utf8"))

/** What a reader of that version makes of a writer's body, by Avro's own rules. */
export const readAs = (record: RecordCase, body: Buffer, writer: VersionName, reader: VersionName): unknown => {
  const to = versionType(record.name, reader)
  const value = to.fromBuffer(body, to.createResolver(versionType(record.name, writer)))
  return JSON.parse(toJson(reader === "v1" ? record.ours(value) : value))
}

/** The sample as a writer of that version would have it. */
const written = (record: RecordCase, version: VersionName): Buffer => {
  const sample = Object.entries(SAMPLES).find(([name]) => name.split(".")[0] === record.name)![1]
  const present = Buffer.from(record.encode(sample).subarray(5))
  if (version === "v1") return present
  const type = versionType(record.name, version)
  const value = type.fromBuffer(present, type.createResolver(versionType(record.name, "v1")))
  const own = version === "v0" ? { legacy: { why: ["since", "dropped"] } } : { region: "north" }
  return type.toBuffer({ ...value, ...own })
}

if (import.meta.main) {
  for (const record of STREAM_RECORDS) {
    for (const version of VERSIONS) {
      const at = file(`${record.name}.${version}.avsc`)
      if (existsSync(at)) continue
      writeFileSync(at, `${JSON.stringify(MAKE[version](schemaOf(record.name)), null, 2)}\n`)
    }
    if (existsSync(file(`${record.name}.json`))) continue
    const golden = Object.fromEntries(
      VERSIONS.map((writer) => {
        const body = written(record, writer)
        const reads = Object.fromEntries(VERSIONS.map((reader) => [reader, readAs(record, body, writer, reader)]))
        return [writer, { body: body.toString("base64"), reads }]
      }),
    )
    writeFileSync(file(`${record.name}.json`), `${JSON.stringify(golden, null, 2)}\n`)
  }
}
