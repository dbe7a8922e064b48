/** Schemas kept with a log beside a registry that has other ids: each log is read and written by its own. */
import { SAMPLES } from "@assay/testkit/samples"
import { expect, it } from "vitest"
import { decodeEntry, encodeEntry, type WireEntry } from "../../src/index.ts"
import { bindKept, keepSchemas, readKept } from "../../src/registry/index.ts"
import { schemaIdOf } from "../../src/wire/header.ts"
import { goldenVersions } from "../versions.ts"
import { asRecord, codeOf, laterEntry, onRealRegistry, STREAMS } from "./setup.ts"

const { submitted } = STREAMS
const entry = SAMPLES["entry.v3.message"] as WireEntry
/** As another registry would have given ids out. */
const shifted = (_: string, body: string): string =>
  body.replace(/"id":(\d+)/g, (_all, id: string) => `"id":${Number(id) + 5_000}`)

await onRealRegistry("schemas/test/registry/kept.long.test.ts", (on) => {
  it("keeps every version of our subjects, which a process reads without the registry", async () => {
    await on.apply()
    const later = await on.registerLater()
    const kept = readKept(JSON.stringify(await keepSchemas(on.client, STREAMS, on.prefix)))
    expect(kept.subjects).toHaveLength(Object.keys(STREAMS).length)
    const own = kept.subjects.find(({ stream }) => stream === submitted)!
    expect(own).toMatchObject({ subject: on.subject(submitted), compatibility: "BACKWARD_TRANSITIVE" })
    expect(own.versions.map(({ version }) => version)).toEqual([1, 2])
    bindKept(kept, STREAMS, true)
    on.proxy.asked.length = 0
    expect(decodeEntry(laterEntry(later).value).body.kind).toBe("submitted")
    expect(schemaIdOf(encodeEntry(entry))).toBe(own.versions[0]!.id)
    expect(on.proxy.asked).toEqual([])
  })

  it("names a subject that the registry has not", async () => {
    expect(await codeOf(() => keepSchemas(on.client, STREAMS, on.prefix))).toBe("not-registered")
  })

  it("stands beside a registry with other ids: what is carried over is written under those", async () => {
    await on.apply()
    const later = await on.registerLater()
    const kept = await keepSchemas(on.client, STREAMS, on.prefix)
    const own = kept.subjects.find(({ stream }) => stream === submitted)!.versions[0]!.id
    bindKept(kept, STREAMS, true)
    const former = encodeEntry(entry)
    const older = asRecord(later, Buffer.from(goldenVersions("entry").v2.body, "base64")).value
    on.proxy.rewrite = shifted
    const ids = await on.bind()
    for (const record of [former, older]) {
      const carried = ids.stamp(submitted, record)
      expect(schemaIdOf(carried)).toBe(own + 5_000)
      expect(decodeEntry(carried)).toEqual(decodeEntry(record))
      expect(ids.prepare(submitted, [{ value: carried }])).toBeNull()
    }
    // The former log goes on under its own.
    expect(schemaIdOf(encodeEntry(entry))).toBe(own)
  })

  it("is refused where the registry gives the id of an earlier layout to this one", async () => {
    await on.apply()
    const later = await on.registerLater()
    const kept = await keepSchemas(on.client, STREAMS, on.prefix)
    bindKept(kept, STREAMS, false)
    on.proxy.rewrite = (_, body) => body.replace(/"id":(\d+)/g, `"id":${later}`)
    expect(await codeOf(() => on.bind())).toBe("misconfigured")
  })
})
