import type { LogRecord } from "@assay/log"
import type { AnyStage, AssayedMessage } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { encodeSubmitted, encodeTick } from "../../src/order/entries.ts"
import { Batch, CHUNK, CHUNK_AHEAD } from "../../src/runner/batch.ts"
import { NO_TRACER } from "../../src/runner/tracer.ts"

const envelope = { mediaType: "application/jose", binding: "test", originator: null, principal: null }

/** Every fifth is a tick, which is not prepared. */
const records = (count: number): ReadonlyArray<LogRecord> =>
  Array.from({ length: count }, (_, offset) => ({
    offset,
    time: 1_760_000_000_000 + offset,
    ...(offset % 5 === 4
      ? encodeTick()
      : encodeSubmitted(Buffer.from(`device ${offset}`), { ...envelope, bytes: Buffer.from(String(offset)) })),
  }))

const stage = { name: "identity", prepare: async (all: ReadonlyArray<AssayedMessage>) => all.map(({ key }) => key) }

const batchOf = (count: number): Batch =>
  new Batch({
    records: records(count),
    stages: [stage as unknown as AnyStage],
    place: { first: true, epoch: 1, partition: 0 },
    lastTime: 0,
    span: NO_TRACER.begin({ group: "test", stream: "test", partition: 0 }, []),
    excused: null,
    whole: Promise.resolve(),
  })

describe("a batch", () => {
  it.each([
    [0, [32, 32, 32, 4]],
    [1, [8, 32, 32, 28]],
    [6, [32, 16, 32, 20]],
    [13, [32, 32, 32, 4]],
  ])(
    "of which %i pieces were prepared ahead is judged in chunks, each entry with what is its own",
    async (ahead, sizes) => {
      const batch = batchOf(100)
      for (let piece = 0; piece < ahead; piece++) await batch.prepareAhead()
      const chunks: Array<number> = []
      let next = 0
      for (let chunk = await batch.take(); chunk !== null; chunk = await batch.take()) {
        chunks.push(chunk.raw.length)
        expect(chunk.prepared).toHaveLength(chunk.raw.length)
        for (const [index, { origin }] of chunk.raw.entries()) {
          expect(origin.offset).toBe(next++)
          expect(chunk.prepared[index]).toBe(origin.offset % 5 === 4 ? undefined : `device ${origin.offset}`)
        }
      }
      expect(chunks).toEqual(sizes)
      expect(batch.lastTime).toBe(1_760_000_000_099)
    },
  )

  it("is prepared ahead no further than a commit may take", async () => {
    const batch = batchOf(1000)
    let pieces = 1
    while (await batch.prepareAhead()) pieces++
    expect(pieces * CHUNK_AHEAD).toBe(128)
    expect(await batch.prepareAhead()).toBe(false)
    let taken = 0
    for (let chunk = await batch.take(); chunk !== null; chunk = await batch.take()) taken += chunk.raw.length
    expect(taken).toBe(1000)
  })

  it.each([0, 1, 3])("takes what came since, also where %i pieces were prepared before", async (ahead) => {
    const all = records(60)
    const batch = batchOf(20)
    for (let piece = 0; piece < ahead; piece++) await batch.prepareAhead()
    batch.add(all.slice(20, 45), Promise.resolve())
    batch.add(all.slice(45), Promise.resolve())
    expect([batch.entries, batch.next, batch.isClosed]).toEqual([60, 60, false])
    let next = 0
    for (let chunk = await batch.take(); chunk !== null; chunk = await batch.take())
      for (const { origin } of chunk.raw) expect(origin.offset).toBe(next++)
    expect(next).toBe(60)
    expect(batch.hasMore).toBe(false)
  })

  it("is not whole where records before those that were added are lost", async () => {
    const batch = batchOf(20)
    batch.add(records(40).slice(20), Promise.reject(new Error("lost")))
    await expect(batch.whole).rejects.toThrow("lost")
  })

  it("is prepared ahead in pieces of which a whole number makes a chunk", () => {
    expect(CHUNK % CHUNK_AHEAD).toBe(0)
  })
})
