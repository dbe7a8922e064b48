/** The codecs by the ids of a real registry. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import {
  boundSchema,
  decodeAudit,
  decodeEntry,
  decodeLeaf,
  encodeAudit,
  encodeEntry,
  encodeLeaf,
  SCHEMA_IDS,
  useEmbeddedIds,
  type WireEntry,
  WireError,
} from "../../src/index.ts"
import {
  applySubjects,
  bindRegistry,
  type RegistryClient,
  registryClient,
  SchemaRegistryError,
  STREAM_SCHEMAS,
  type SubjectStream,
  subjectsOf,
  type WireIds,
} from "../../src/registry/index.ts"
import { schemaIdOf } from "../../src/wire/header.ts"
import { SAMPLES } from "../samples.ts"
import { goldenVersions, STREAM_RECORDS, versionSchema } from "../versions.ts"
import { type RegistryProxy, startProxy } from "./proxy.ts"
import { skipsRegistry, startTestRegistry, type TestRegistry } from "./real.ts"

const skip = await skipsRegistry("schemas/test/registry/bind.test.ts")

const STREAMS = Object.fromEntries(Object.keys(STREAM_SCHEMAS).map((key) => [key, `${key}.v1`])) as Record<
  SubjectStream,
  string
>
const { submitted, identified, audit } = STREAMS
/** Quick, so that a flood takes no minutes; the rest is as in a node. */
const LIMITS = { intervalMs: 50, unknownMs: 60_000 }
const entry = SAMPLES["entry.v1.message"] as WireEntry

const asRecord = (id: number, body: Uint8Array): { value: Buffer } => {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return { value: Buffer.concat([header, body]) }
}
/** An entry as a later version of Assay writes it, which no build of today knows. */
const laterEntry = (id: number) => asRecord(id, Buffer.from(goldenVersions("entry").v2.body, "base64"))

const codeOf = async (call: () => unknown): Promise<string> => {
  try {
    await call()
    return "done"
  } catch (error) {
    if (error instanceof WireError || error instanceof SchemaRegistryError) return error.code
    throw error
  }
}

describe.skipIf(skip)("a real schema registry", () => {
  let registry: TestRegistry
  let client: RegistryClient
  let proxy: RegistryProxy
  let prefix = ""
  let files = 0

  const settings = () => ({ url: proxy.url, user: null, password: null })
  const bind = (): Promise<WireIds> => bindRegistry({ settings: settings(), streams: STREAMS, prefix, limits: LIMITS })
  const subject = (stream: string): string => `${prefix}${stream}-value`
  const registerLater = (): Promise<number> => client.register(subject(submitted), versionSchema("entry", "v2"))

  beforeAll(async () => {
    registry = await startTestRegistry()
    client = registryClient({ url: registry.url, user: null, password: null })
  }, 180_000)
  afterAll(() => registry?.end())

  beforeEach(async () => {
    prefix = `t${++files}.`
    proxy = await startProxy(registry.url)
  })
  afterEach(async () => {
    useEmbeddedIds()
    await proxy.close()
  })

  const applyAndBind = async (): Promise<WireIds> => {
    await applySubjects(client, subjectsOf(STREAMS, prefix))
    const ids = await bind()
    proxy.asked.length = 0
    return ids
  }

  it("without our schemas stops the start, naming subjects and command, and is not written to", async () => {
    await client.register(subject(audit), versionSchema("audit-event", "v0"))
    const before = await client.subjects()
    const error = await bind().catch((cause: SchemaRegistryError) => cause)
    expect(error).toMatchObject({ code: "not-registered" })
    expect((error as Error).message).toContain(subject(submitted))
    expect((error as Error).message).toContain(subject(audit))
    expect((error as Error).message).toContain(`assay schemas apply\` --prefix ${prefix}`)
    expect(await client.subjects()).toEqual(before)
    expect(schemaIdOf(encodeEntry(entry))).toBe(SCHEMA_IDS.entry)
  })

  it("gives the ids that records are written under and read by; leaves keep theirs", async () => {
    await client.register(`${prefix}other`, '"string"')
    const ids = await applyAndBind()
    const record = encodeEntry(entry)
    const found = await client.latest(subject(submitted))
    expect(schemaIdOf(record)).toBe(found!.id)
    expect(schemaIdOf(record)).not.toBe(SCHEMA_IDS.entry)
    expect(decodeEntry(record)).toEqual(entry)
    expect(ids.stamp(submitted, record)).toBe(record)
    expect(ids.stamp("chained.state.v1", record)).toBe(record)
    expect(ids.prepare(submitted, [{ value: record }])).toBeNull()
    const leaf = encodeLeaf(SAMPLES["leaf.v1.decision"] as never)
    expect(schemaIdOf(leaf)).toBe(SCHEMA_IDS.leaf)
    expect(decodeLeaf(leaf)).toEqual(SAMPLES["leaf.v1.decision"])
    expect(proxy.asked).toEqual([])
  })

  it("is asked once for what another version wrote, and never again", async () => {
    const ids = await applyAndBind()
    const record = laterEntry(await registerLater())
    expect(await codeOf(() => decodeEntry(record.value))).toBe("unknown-schema")
    await ids.prepare(submitted, [record])
    expect(decodeEntry(record.value)).toMatchObject({ body: { kind: "submitted" } })
    const asked = proxy.asked.length
    expect(asked).toBeLessThanOrEqual(3)
    for (let i = 0; i < 100; i++)
      expect(ids.prepare(submitted, [record, laterEntry(schemaIdOf(record.value))])).toBeNull()
    expect(proxy.asked).toHaveLength(asked)
  })

  it("is asked once by all who meet the same unknown id at once", async () => {
    const ids = await applyAndBind()
    const record = laterEntry(await registerLater())
    await Promise.all(Array.from({ length: 50 }, () => ids.prepare(submitted, [record])))
    expect(proxy.asked.filter((asked) => asked.endsWith("/latest"))).toHaveLength(1)
    expect(decodeEntry(record.value).body.kind).toBe("submitted")
  })

  it("is not hammered by a flood of unknown ids, which are refused for good", async () => {
    const ids = await applyAndBind()
    const flood = Array.from({ length: 4_000 }, (_, i) => asRecord(1_000_000 + i, Buffer.from("x")))
    const started = performance.now()
    for (let at = 0; at < flood.length; at += 100) await ids.prepare(submitted, flood.slice(at, at + 100))
    const intervals = (performance.now() - started) / LIMITS.intervalMs
    // One question for each batch of a hundred, and never more often than the interval lets.
    expect(proxy.asked.length).toBeLessThanOrEqual(Math.min(flood.length / 100, intervals + 1) + 1)
    for (const { value } of flood.slice(0, 10)) expect(await codeOf(() => decodeEntry(value))).toBe("unknown-schema")
    const asked = proxy.asked.length
    for (let at = 0; at < flood.length; at += 100) expect(ids.prepare(submitted, flood.slice(at, at + 100))).toBeNull()
    expect(proxy.asked).toHaveLength(asked)
  })

  it("is not asked for what cannot be an id, has no header, or is on no stream of ours", async () => {
    const ids = await applyAndBind()
    const strange = [
      asRecord(0, Buffer.of(1)),
      asRecord(2 ** 31, Buffer.of(1)),
      { value: Buffer.from("{}") },
      { value: Buffer.of() },
    ]
    expect(ids.prepare(submitted, strange)).toBeNull()
    expect(ids.prepare("chained.state.v1", [asRecord(77_777, Buffer.of(1))])).toBeNull()
    expect(proxy.asked).toEqual([])
  })

  it("does not lend a subject the schemas of another", async () => {
    const ids = await applyAndBind()
    const event = { value: encodeAudit(SAMPLES["audit-event.v1.decision"] as never) }
    await ids.prepare(submitted, [event])
    expect(await codeOf(() => decodeEntry(event.value))).toBe("unknown-schema")
    expect(decodeAudit(event.value)).toEqual(SAMPLES["audit-event.v1.decision"])
  })

  it("that is down makes readers wait, and loses nothing when it is back", async () => {
    const ids = await applyAndBind()
    const record = laterEntry(await registerLater())
    proxy.down = true
    expect(await codeOf(() => ids.prepare(submitted, [record]))).toBe("unavailable")
    proxy.down = false
    // What is no registry's answer proves nothing against an id either: a proxy's page, or a subject that was deleted.
    for (const answer of [
      { status: 404, body: '{"error_code":40401,"message":"Subject not found"}' },
      { status: 200, body: '{"hello":"world"}' },
      { status: 503, body: "<html>" },
    ]) {
      proxy.answer = answer
      expect(await codeOf(() => ids.prepare(submitted, [record]))).toBe("unavailable")
    }
    proxy.answer = null
    await ids.prepare(submitted, [record])
    expect(decodeEntry(record.value).body.kind).toBe("submitted")
  })

  it("keeps its ids over kill -9, and who was bound goes on", async () => {
    const ids = await applyAndBind()
    const id = await registerLater()
    await registry.kill("SIGKILL")
    expect(await codeOf(() => ids.prepare(submitted, [laterEntry(id)]))).toBe("unavailable")
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
    const { startRegistry } = await import("../../../infra/schema-registry/registry.ts")
    registry = {
      ...registry,
      ...(await startRegistry({ dataDir: registry.dataDir, port: Number(new URL(registry.url).port) })),
    }
    await ids.prepare(submitted, [laterEntry(id)])
    expect(decodeEntry(laterEntry(id).value).body.kind).toBe("submitted")
    expect(await registerLater()).toBe(id)
  }, 180_000)

  it("finds a schema that was registered after the last question, however soon", async () => {
    const ids = await applyAndBind()
    for (let round = 0; round < 5; round++) {
      const flood = ids.prepare(submitted, [asRecord(2_000_000 + round, Buffer.of(1))])
      const schema = JSON.parse(versionSchema("entry", "v2")) as { doc: string }
      const id = await client.register(subject(submitted), JSON.stringify({ ...schema, doc: `round ${round}` }))
      const found = ids.prepare(submitted, [laterEntry(id)])
      await Promise.all([flood, found])
      expect(decodeEntry(laterEntry(id).value).body.kind).toBe("submitted")
    }
  })

  it("refuses a schema that breaks readers, and takes our versions in turn", async () => {
    for (const { name } of STREAM_RECORDS) {
      const of = subjectsOf(STREAMS, prefix).find(({ schema }) => schema === name)!
      await client.register(of.subject, versionSchema(name, "v0"))
      await client.setCompatibility(of.subject, of.compatibility)
      await client.register(of.subject, versionSchema(name, "v1"))
      await client.register(of.subject, versionSchema(name, "v2"))
      const broken = JSON.parse(versionSchema(name, "v2")) as { fields: Array<object> }
      const needy = { ...broken, fields: [...broken.fields, { name: "needed", type: "string" }] }
      expect(await codeOf(() => client.register(of.subject, JSON.stringify(needy)))).toBe("incompatible")
    }
    // Backward suffers a field to go; of what is kept for ever, old readers must find it.
    const without = (name: string): string => {
      const schema = JSON.parse(versionSchema(name, "v2")) as { fields: Array<{ name: string }> }
      return JSON.stringify({ ...schema, fields: schema.fields.filter((field) => field.name !== "time") })
    }
    expect(await codeOf(() => client.register(subject(submitted), without("entry")))).toBe("done")
    expect(await codeOf(() => client.register(subject(audit), without("audit-event")))).toBe("incompatible")
  })

  it("may count every subject for itself: records go out under the subject's id, and all are read", async () => {
    await applySubjects(client, subjectsOf(STREAMS, prefix))
    proxy.rewrite = (asked, body) =>
      asked.includes(subject(identified))
        ? body.replace(/"id":(\d+)/, (_, id: string) => `"id":${Number(id) + 5000}`)
        : body
    const ids = await bind()
    const record = encodeEntry(entry)
    expect(ids.stamp(submitted, record)).toBe(record)
    const stamped = ids.stamp(identified, record)
    expect(schemaIdOf(stamped)).toBe(schemaIdOf(record) + 5000)
    expect(schemaIdOf(record)).toBe(boundSchema("entry").id)
    expect(ids.prepare(identified, [{ value: stamped }])).toBeNull()
    expect(decodeEntry(stamped)).toEqual(entry)
    expect(decodeEntry(record)).toEqual(entry)
  })

  it("may want a name and a password", async () => {
    await applySubjects(client, subjectsOf(STREAMS, prefix))
    proxy.authorization = `Basic ${Buffer.from("assay:se:cret").toString("base64")}`
    const error = await bind().catch((cause: SchemaRegistryError) => cause)
    expect(error).toMatchObject({ code: "refused" })
    expect((error as Error).message).toContain("SCHEMA_REGISTRY_USER and SCHEMA_REGISTRY_PASSWORD")
    const named = { ...settings(), user: "assay", password: "se:cret" }
    await bindRegistry({ settings: named, streams: STREAMS, prefix, limits: LIMITS })
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry)
  })
})
