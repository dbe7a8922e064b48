/** Which ids the codecs write and read by, and what a registry refuses. */

import { SAMPLES } from "@assay/testkit/samples"
import { expect, it } from "vitest"
import {
  boundSchema,
  decodeEntry,
  decodeLeaf,
  encodeEntry,
  encodeLeaf,
  SCHEMA_IDS,
  type WireEntry,
} from "../../src/index.ts"
import { bindRegistry, type SchemaRegistryError, subjectsOf } from "../../src/registry/index.ts"
import { schemaIdOf } from "../../src/wire/header.ts"
import { STREAM_RECORDS, versionSchema } from "../versions.ts"
import { codeOf, LIMITS, laterEntry, onRealRegistry, STREAMS } from "./setup.ts"

const { submitted, identified, audit } = STREAMS
const entry = SAMPLES["entry.v3.message"] as WireEntry

await onRealRegistry("schemas/test/registry/bind.long.test.ts", (on) => {
  it("without our schemas stops the start, naming subjects and command, and is not written to", async () => {
    await on.client.register(on.subject(audit), versionSchema("audit-event", "v0"))
    const before = await on.subjects()
    const error = await on.bind().catch((cause: SchemaRegistryError) => cause)
    expect(error).toMatchObject({ code: "not-registered" })
    expect((error as Error).message).toContain(on.subject(submitted))
    expect((error as Error).message).toContain(on.subject(audit))
    expect((error as Error).message).toContain(`assay schemas apply\` --prefix ${on.prefix}`)
    expect(await on.subjects()).toEqual(before)
    expect(schemaIdOf(encodeEntry(entry))).toBe(SCHEMA_IDS.entry)
  })

  it("gives the ids that records are written under and read by; leaves keep theirs", async () => {
    await on.client.register(`${on.prefix}other`, '{"type":"record","name":"Other","fields":[]}')
    const ids = await on.applyAndBind()
    const record = encodeEntry(entry)
    const found = await on.client.latest(on.subject(submitted))
    expect(schemaIdOf(record)).toBe(found!.id)
    expect(schemaIdOf(record)).not.toBe(SCHEMA_IDS.entry)
    expect(decodeEntry(record)).toEqual(entry)
    expect(ids.stamp(submitted, record)).toBe(record)
    expect(ids.stamp("chained.state.v1", record)).toBe(record)
    expect(ids.prepare(submitted, [{ value: record }])).toBeNull()
    const leaf = encodeLeaf(SAMPLES["leaf.v2.decision"] as never)
    expect(schemaIdOf(leaf)).toBe(SCHEMA_IDS.leaf)
    expect(decodeLeaf(leaf)).toEqual(SAMPLES["leaf.v2.decision"])
    expect(on.proxy.asked).toEqual([])
  })

  it("refuses a schema that breaks readers, and takes our versions in turn", async () => {
    for (const { name } of STREAM_RECORDS) {
      const of = subjectsOf(STREAMS, on.prefix).find(({ schema }) => schema === name)!
      await on.client.register(of.subject, versionSchema(name, "v0"))
      await on.client.setCompatibility(of.subject, of.compatibility)
      await on.client.register(of.subject, versionSchema(name, "v1"))
      await on.client.register(of.subject, versionSchema(name, "v2"))
      const broken = JSON.parse(versionSchema(name, "v2")) as { fields: Array<object> }
      const needy = { ...broken, fields: [...broken.fields, { name: "needed", type: "string" }] }
      expect(await codeOf(() => on.client.register(of.subject, JSON.stringify(needy)))).toBe("incompatible")
    }
    // Backward suffers a field to go; of what is kept for ever, old readers must find it.
    const without = (name: string): string => {
      const schema = JSON.parse(versionSchema(name, "v2")) as { fields: Array<{ name: string }> }
      return JSON.stringify({ ...schema, fields: schema.fields.filter((field) => field.name !== "time") })
    }
    expect(await codeOf(() => on.client.register(on.subject(submitted), without("entry")))).toBe("done")
    expect(await codeOf(() => on.client.register(on.subject(audit), without("audit-event")))).toBe("incompatible")
  })

  it("may count every subject for itself: records go out under the subject's id, and all are read", async () => {
    await on.apply()
    on.proxy.rewrite = (asked, body) =>
      asked.includes(on.subject(identified))
        ? body.replace(/"id":(\d+)/, (_, id: string) => `"id":${Number(id) + 5000}`)
        : body
    const ids = await on.bind()
    const record = encodeEntry(entry)
    expect(ids.stamp(submitted, record)).toBe(record)
    const stamped = ids.stamp(identified, record)
    expect(schemaIdOf(stamped)).toBe(schemaIdOf(record) + 5000)
    expect(schemaIdOf(record)).toBe(boundSchema("entry").id)
    expect(ids.prepare(identified, [{ value: stamped }])).toBeNull()
    expect(decodeEntry(stamped)).toEqual(entry)
    expect(decodeEntry(record)).toEqual(entry)
  })

  it("is one for a process; bound to it twice, or to another prefix of it, all go on", async () => {
    const first = await on.applyAndBind()
    const record = laterEntry(await on.registerLater())
    await first.prepare(submitted, [record])
    const second = await on.bind()
    for (const ids of [first, second]) {
      await ids.prepare(submitted, [record])
      expect(decodeEntry(record.value).body.kind).toBe("submitted")
    }
    on.prefix = `other.${on.prefix}`
    await on.apply()
    on.proxy.rewrite = (asked, body) =>
      asked.includes(on.subject(submitted))
        ? body.replace(/"id":(\d+)/, (_, id: string) => `"id":${Number(id) + 5000}`)
        : body
    const next = await on.bind()
    const stamped = next.stamp(submitted, encodeEntry(entry))
    expect(schemaIdOf(stamped)).toBe(schemaIdOf(encodeEntry(entry)) + 5000)
    expect(decodeEntry(stamped)).toEqual(entry)
    // What the first ones learned stands.
    expect(decodeEntry(record.value).body.kind).toBe("submitted")
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
    const another = { ...on.settings(), url: on.url }
    const call = () => bindRegistry({ settings: another, streams: STREAMS, prefix: on.prefix, limits: LIMITS })
    expect(await codeOf(call)).toBe("misconfigured")
  })

  it("may want a name and a password", async () => {
    await on.apply()
    on.proxy.authorization = `Basic ${Buffer.from("assay:se:cret").toString("base64")}`
    const error = await on.bind().catch((cause: SchemaRegistryError) => cause)
    expect(error).toMatchObject({ code: "refused" })
    expect((error as Error).message).toContain("SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD")
    const named = { ...on.settings(), user: "assay", password: "se:cret" }
    await bindRegistry({ settings: named, streams: STREAMS, prefix: on.prefix, limits: LIMITS })
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
  })
})
