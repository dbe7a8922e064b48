/** Records under ids that this build does not know: what is asked of the registry for them, and what becomes of them. */

import { SAMPLES } from "@assay/testkit/samples"
import { expect, it } from "vitest"
import { decodeAudit, decodeEntry, encodeAudit } from "../../src/index.ts"
import { schemaIdOf } from "../../src/wire/header.ts"
import { versionSchema } from "../versions.ts"
import { asRecord, codeOf, LIMITS, laterEntry, onRealRegistry, STREAMS } from "./setup.ts"

const { submitted } = STREAMS

await onRealRegistry("schemas/test/registry/lookup.long.test.ts", (on) => {
  it("is asked once for what another version wrote, and never again", async () => {
    const ids = await on.applyAndBind()
    const record = laterEntry(await on.registerLater())
    expect(await codeOf(() => decodeEntry(record.value))).toBe("unknown-schema")
    await ids.prepare(submitted, [record])
    expect(decodeEntry(record.value)).toMatchObject({ body: { kind: "submitted" } })
    const asked = on.proxy.asked.length
    expect(asked).toBeLessThanOrEqual(3)
    for (let i = 0; i < 100; i++)
      expect(ids.prepare(submitted, [record, laterEntry(schemaIdOf(record.value))])).toBeNull()
    expect(on.proxy.asked).toHaveLength(asked)
  })

  it("is asked once by all who meet the same unknown id at once", async () => {
    const ids = await on.applyAndBind()
    const record = laterEntry(await on.registerLater())
    await Promise.all(Array.from({ length: 50 }, () => ids.prepare(submitted, [record])))
    expect(on.proxy.asked.filter((asked) => asked.endsWith("/latest"))).toHaveLength(1)
    expect(decodeEntry(record.value).body.kind).toBe("submitted")
  })

  it("is not hammered by a flood of unknown ids, which are refused for good", async () => {
    const ids = await on.applyAndBind()
    const flood = Array.from({ length: 4_000 }, (_, i) => asRecord(1_000_000 + i, Buffer.from("x")))
    const started = performance.now()
    for (let at = 0; at < flood.length; at += 100) await ids.prepare(submitted, flood.slice(at, at + 100))
    const intervals = (performance.now() - started) / LIMITS.intervalMs
    // One question for each batch of a hundred, and never more often than the interval lets.
    expect(on.proxy.asked.length).toBeLessThanOrEqual(Math.min(flood.length / 100, intervals + 1) + 1)
    for (const { value } of flood.slice(0, 10)) expect(await codeOf(() => decodeEntry(value))).toBe("unknown-schema")
    const asked = on.proxy.asked.length
    for (let at = 0; at < flood.length; at += 100) expect(ids.prepare(submitted, flood.slice(at, at + 100))).toBeNull()
    expect(on.proxy.asked).toHaveLength(asked)
  })

  it("is not asked for what cannot be an id, has no header, or is on no stream of ours", async () => {
    const ids = await on.applyAndBind()
    const strange = [
      asRecord(0, Buffer.of(1)),
      asRecord(2 ** 31, Buffer.of(1)),
      { value: Buffer.from("{}") },
      { value: Buffer.of() },
    ]
    expect(ids.prepare(submitted, strange)).toBeNull()
    expect(ids.prepare("chained.state.v1", [asRecord(77_777, Buffer.of(1))])).toBeNull()
    expect(on.proxy.asked).toEqual([])
  })

  it("does not lend a subject the schemas of another", async () => {
    const ids = await on.applyAndBind()
    const event = { value: encodeAudit(SAMPLES["audit-event.v2.decision"] as never) }
    await ids.prepare(submitted, [event])
    expect(await codeOf(() => decodeEntry(event.value))).toBe("unknown-schema")
    expect(decodeAudit(event.value)).toEqual(SAMPLES["audit-event.v2.decision"])
  })

  it("finds a schema that was registered after the last question, however soon", async () => {
    const ids = await on.applyAndBind()
    for (let round = 0; round < 5; round++) {
      const flood = ids.prepare(submitted, [asRecord(2_000_000 + round, Buffer.of(1))])
      const schema = JSON.parse(versionSchema("entry", "v2")) as { doc: string }
      const id = await on.client.register(on.subject(submitted), JSON.stringify({ ...schema, doc: `round ${round}` }))
      const found = ids.prepare(submitted, [laterEntry(id)])
      await Promise.all([flood, found])
      expect(decodeEntry(laterEntry(id).value).body.kind).toBe("submitted")
    }
  })

  it("that is down makes readers wait, and loses nothing when it is back", async () => {
    const ids = await on.applyAndBind()
    const record = laterEntry(await on.registerLater())
    on.proxy.down = true
    expect(await codeOf(() => ids.prepare(submitted, [record]))).toBe("unavailable")
    on.proxy.down = false
    // What is no registry's answer proves nothing against an id either: a proxy's page, or a subject that was deleted.
    for (const answer of [
      { status: 404, body: '{"error_code":40401,"message":"Subject not found"}' },
      { status: 200, body: '{"hello":"world"}' },
      { status: 503, body: "<html>" },
    ]) {
      on.proxy.answer = answer
      expect(await codeOf(() => ids.prepare(submitted, [record]))).toBe("unavailable")
    }
    on.proxy.answer = null
    await ids.prepare(submitted, [record])
    expect(decodeEntry(record.value).body.kind).toBe("submitted")
  })
})
