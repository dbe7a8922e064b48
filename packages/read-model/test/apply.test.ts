/** What Redis does with batches: in any order, any number of times, from any number of writers. */
import type { LogRecord } from "@assay/log"
import { encodeAssayed, encodeAudit, encodeRejected } from "@assay/schemas"
import { canStartRedis, sayWhatIsSkipped, testRedis } from "@assay/testkit/redis"
import type { AuditEvent, TrustState } from "@assay/trust"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Fold } from "../src/fold.ts"
import type { Batch, Positions } from "../src/store.ts"
import { decision, message, rejectedBatch, rejectedRecord, type TestLog, TIME, testLog, transition } from "./events.ts"
import { contentOf, openStore } from "./support.ts"

sayWhatIsSkipped("packages/read-model/test/apply.test.ts")

const NONE: Positions = { audit: null, verified: null, annotated: null, quarantined: null, rejected: null }
const at = (audit: number) => ({ audit, verified: 0, annotated: 0, quarantined: 0, rejected: 0 })

const patchesOf = (events: ReadonlyArray<AuditEvent>, first = 0): Batch["patches"] => {
  const fold = new Fold(1, 0)
  const record = (offset: number, value: Uint8Array): LogRecord => ({ offset, time: TIME, key: Buffer.alloc(0), value })
  fold.audit(events.map((event, n) => record(first + n, encodeAudit(event))))
  fold.decided(
    "telemetry.verified.v1",
    events.flatMap((event, n) =>
      event.kind === "decision"
        ? [record(first + n, encodeAssayed(message(event.device!, event.origin.offset, "cell")))]
        : [],
    ),
  )
  return fold.patches
}

const batchOf = (events: ReadonlyArray<AuditEvent>, from: number | null, next: number): Batch => ({
  from: from === null ? NONE : at(from),
  next: at(next),
  time: TIME,
  complete: false,
  patches: patchesOf(events, from ?? 0),
  rejections: new Map(),
  principals: [],
})

/** Events of one partition, each under its own id. */
const history: fc.Arbitrary<ReadonlyArray<AuditEvent>> = fc
  .array(
    fc.record({
      device: fc.constantFrom("did:key:a", "did:key:b", "did:key:c"),
      to: fc.option(fc.constantFrom<TrustState>("learning", "trusted", "watched", "quarantined"), { freq: 1 }),
    }),
    { minLength: 1, maxLength: 24 },
  )
  .map(
    (steps): ReadonlyArray<AuditEvent> =>
      steps.map(({ device, to }, offset) =>
        to === null ? decision(device, offset, "verified") : transition(device, offset, to),
      ),
  )

describe.skipIf(!canStartRedis)("applying", () => {
  let redis: Awaited<ReturnType<typeof testRedis>>
  let log: TestLog
  let opened: Awaited<ReturnType<typeof openStore>>
  beforeAll(async () => {
    // One node that owns every slot of a cluster: it refuses a script whose keys could lie on two nodes.
    redis = await testRedis({ persistent: false, cluster: true })
    log = await testLog()
    opened = await openStore(log, redis.url)
  })
  afterAll(async () => {
    opened?.close()
    await log?.remove()
    await redis?.remove()
  })

  it("a batch moves data and position together, once", async () => {
    const { store } = opened
    const generation = "once"
    const first = batchOf([transition("did:key:a", 0, "learning")], null, 1)
    expect(await store.apply(0, generation, first)).toBe("ok")
    expect(await store.apply(0, generation, first)).toBe("moved")
    const gap = batchOf([transition("did:key:a", 5, "trusted")], 5, 6)
    expect(await store.apply(0, generation, gap)).toBe("moved")
    const { facts, at: stored } = await store.device(0, generation, "did:key:a")
    expect(stored).toMatchObject({ positions: at(1), time: TIME, devices: 1, complete: false })
    expect(JSON.parse(facts["t"]!.slice(26))).toMatchObject({ to: "learning" })
  })

  it("any order of any repetition of any split gives what one pass gives", async () => {
    const { store, plain } = opened
    let run = 0
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.array(fc.tuple(fc.nat(23), fc.integer({ min: 1, max: 8 })), { maxLength: 12 }),
        fc.nat(12),
        async (events, detours, turn) => {
          run += 1
          const whole = `whole${run}`
          expect(await store.apply(0, whole, batchOf(events, null, events.length))).toBe("ok")
          const wild = `wild${run}`
          let from: number | null = null
          const apply = async (start: number, some: ReadonlyArray<AuditEvent>, next: number): Promise<void> => {
            const batch = { ...batchOf([], from, next), patches: patchesOf(some, start) }
            expect(await store.apply(0, wild, batch)).toBe("ok")
            from = next
          }
          // Out of order and over again, as if each time the position had been lost and found somewhere else.
          const steps = detours.map(([start, length]): readonly [number, ReadonlyArray<AuditEvent>] => [
            start,
            events.slice(start, start + length),
          ])
          steps.splice(turn, 0, [0, events])
          for (const [start, some] of steps) await apply(start, some, start)
          await apply(0, [], events.length)
          expect(await contentOf(plain, wild)).toEqual(await contentOf(plain, whole))
        },
      ),
      { numRuns: 60 },
    )
  })

  it("two writers at one partition change nothing", async () => {
    const { store, plain } = opened
    const events = Array.from({ length: 40 }, (_, offset) => decision(`did:key:${offset % 7}`, offset, "verified"))
    const write = async (generation: string, size: number): Promise<void> => {
      for (;;) {
        const { positions } = await store.partition(0, generation)
        const from = positions.audit ?? 0
        if (from >= events.length) return
        const next = Math.min(from + size, events.length)
        const batch = batchOf(events.slice(from, next), positions.audit, next)
        await store.apply(0, generation, { ...batch, patches: patchesOf(events.slice(from, next), from) })
      }
    }
    await Promise.all([write("two", 3), write("two", 4), write("two", 1)])
    await write("one", 40)
    expect(await contentOf(plain, "two")).toEqual(await contentOf(plain, "one"))
  })

  it("a replaced generation takes nothing any more", async () => {
    const { store, connection } = opened
    expect(await store.apply(0, "old", batchOf([decision("did:key:a", 0, "verified")], null, 1))).toBe("ok")
    await connection.script("assayClose", [store.keys.position(0, "old")], [60])
    expect(await store.apply(0, "old", batchOf([decision("did:key:a", 1, "verified")], 1, 2))).toBe("closed")
    expect(await store.apply(0, "old", batchOf([decision("did:key:a", 1, "verified")], null, 2))).toBe("closed")
  })

  it("keeps the devices that were admitted, and of the others the latest", async () => {
    const small = await openStore(log, redis.url, 10)
    const strangers = Array.from({ length: 600 }, (_, n) => decision(`did:key:s${n}`, n + 1, "quarantined"))
    const events = [transition("did:key:ours", 0, "learning"), ...strangers, decision("did:key:ours", 601, "annotated")]
    for (const [generation, size] of [
      ["few", 50],
      ["all", events.length],
    ] as const) {
      for (let from = 0; from < events.length; from += size) {
        const some = events.slice(from, from + size)
        const batch = batchOf(some, from === 0 ? null : from, from + some.length)
        expect(await small.store.apply(0, generation, { ...batch, patches: patchesOf(some, from) })).toBe("ok")
      }
    }
    const { devices } = await small.store.partition(0, "few")
    expect(devices).toBe(11)
    expect(await small.store.strangers(0, "few")).toBe(10)
    expect((await small.store.device(0, "few", "did:key:ours")).facts).toHaveProperty("t")
    expect((await small.store.device(0, "few", "did:key:s599")).facts).toHaveProperty("d")
    expect((await small.store.device(0, "few", "did:key:s0")).facts).toEqual({})
    expect(await contentOf(small.plain, "few")).toEqual(await contentOf(small.plain, "all"))
    // One that is admitted later is no stranger any more.
    const admission = batchOf([transition("did:key:s599", 700, "learning")], events.length, 701)
    expect(await small.store.apply(0, "few", admission)).toBe("ok")
    expect(await small.store.strangers(0, "few")).toBe(9)
    small.close()
  })

  it("counts what a device had signed and what was rejected once; of strangers too, who are forgotten in their turn", async () => {
    const { store } = opened
    const of = (devices: ReadonlyArray<string>) => {
      const fold = new Fold(1, 0)
      fold.rejected(
        devices.map((device, offset) => ({
          ...{ offset, time: TIME, key: Buffer.alloc(0) },
          value: encodeRejected(rejectedRecord(device, offset)),
        })),
      )
      return fold.rejections
    }
    const rejections = of(["did:key:a", "did:key:stranger", "did:key:a", "did:key:a"])
    const batch = { ...batchOf([transition("did:key:a", 0, "learning")], null, 1), rejections }
    expect(await store.apply(0, "signed", batch)).toBe("ok")
    // As after a position that was lost: what comes again is not counted again.
    expect(await store.apply(0, "signed", { ...batchOf([], 1, 0), rejections })).toBe("ok")
    const { facts, at: stored } = await store.device(0, "signed", "did:key:a")
    expect(facts).toMatchObject({ rc: "3", r: expect.stringContaining('"origin":3') })
    expect((await store.device(0, "signed", "did:key:stranger")).facts).toMatchObject({ rc: "1" })
    expect(stored.devices).toBe(2)
    expect(await store.strangers(0, "signed")).toBe(1)
    // The streams are read apart: a rebuild meets a rejection before the device is admitted, a node after. Both count it.
    expect(await store.apply(0, "rebuilt", { ...batchOf([], null, 0), rejections })).toBe("ok")
    expect(await store.apply(0, "rebuilt", batchOf([transition("did:key:a", 0, "learning")], 0, 1))).toBe("ok")
    expect((await store.device(0, "rebuilt", "did:key:a")).facts).toMatchObject({ rc: "3" })
    expect(await store.strangers(0, "rebuilt")).toBe(1)
  })

  it("sums what each principal handed in, once, and counts those beyond the bound as one", async () => {
    const { store } = opened
    const of = (principals: ReadonlyArray<string>, offset: number) => {
      const fold = new Fold(1, 0)
      const events = principals.map((principal, n) => rejectedBatch(n, [{ principal, rejected: 3, signed: 1 }]))
      fold.audit(
        events.map((event, n) => ({ offset: offset + n, time: TIME, key: Buffer.alloc(0), value: encodeAudit(event) })),
      )
      return fold.principals
    }
    const few = of(["gateway 1", "gateway 1", "gateway 2"], 0)
    expect(await store.apply(0, "by", { ...batchOf([], null, 3), principals: few })).toBe("ok")
    expect(await store.apply(0, "by", { ...batchOf([], 3, 0), principals: few })).toBe("ok")
    const many = of(
      Array.from({ length: 1_500 }, (_, n) => `made up ${n}`),
      3,
    )
    expect(await store.apply(0, "by", { ...batchOf([], 0, 1_503), principals: many })).toBe("ok")
    const all = await store.principals(0, "by")
    expect(all).toHaveLength(1_025)
    expect(all.find(({ principal }) => principal === "gateway 1")).toEqual({
      ...{ principal: "gateway 1", rejected: 6, signed: 2 },
      time: TIME + 1,
    })
    expect(all.reduce((sum, { rejected }) => sum + rejected, 0)).toBe(3 * 1_503)
  })

  it("leaves what is not ours as it is, whole batch or none", async () => {
    const { store, plain } = opened
    for (const key of [
      store.keys.device(0, "alien", "did:key:b"),
      store.keys.strangers(0, "alien"),
      store.keys.principals(0, "alien"),
      store.keys.position(0, "alien"),
    ]) {
      await plain.set(key, "somebody else's")
      const batch = batchOf([decision("did:key:a", 0, "verified"), decision("did:key:b", 1, "verified")], null, 2)
      await expect(store.apply(0, "alien", batch)).rejects.toMatchObject({
        code: "foreign",
        message: expect.stringContaining(key),
      })
      expect(await plain.get(key)).toBe("somebody else's")
      expect(await plain.keys("*:galien:*")).toEqual([key])
      await plain.del(key)
    }
    await plain.set(store.keys.root, "somebody else's")
    await expect(store.open()).rejects.toMatchObject({ code: "foreign" })
    await plain.del(store.keys.root)
    await plain.hset(store.keys.root, "kind", "something else")
    await expect(store.open()).rejects.toMatchObject({ code: "foreign" })
    await plain.del(store.keys.root)
  })
})
