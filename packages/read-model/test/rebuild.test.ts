/** A model built anew beside the one in use. */

import { canStartRedis, sayWhatIsSkipped, type TestRedis, testRedis } from "@assay/testkit/redis"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { openReadModel } from "../src/open.ts"
import { rebuild } from "../src/rebuild.ts"
import { startReadModel } from "../src/start.ts"
import { command, decision, message, type TestLog, testLog, transition } from "./events.ts"
import { contentOf, openStore, until } from "./support.ts"

sayWhatIsSkipped("packages/read-model/test/rebuild.test.ts")

describe.skipIf(!canStartRedis)("rebuilding", () => {
  let redis: TestRedis
  let log: TestLog
  let opened: Awaited<ReturnType<typeof openStore>>
  let written = 0

  const write = async (count: number): Promise<void> => {
    const offsets = Array.from({ length: count }, (_, n) => written + n)
    await log.audit(
      ...offsets.flatMap((offset) => [
        transition(`did:key:${offset % 50}`, offset, offset % 3 === 0 ? "quarantined" : "trusted"),
        decision(`did:key:${offset % 70}`, offset, "annotated"),
        ...(offset % 10 === 0 ? [command(`did:key:${offset % 50}`, offset, "quarantine", `reason ${offset}`)] : []),
      ]),
    )
    await log.verified(...offsets.map((offset) => message(`did:key:${offset % 70}`, offset, `z${offset % 9}`)))
    written += count
  }
  const build = (from = opened) => rebuild({ log: log.log, store: from.store, connection: from.connection })

  beforeAll(async () => {
    redis = await testRedis({ persistent: false })
  })
  afterAll(() => redis.remove())
  beforeEach(async () => {
    written = 0
    log = await testLog()
    opened = await openStore(log, redis.url)
    await opened.plain.flushall()
    return async () => {
      opened.close()
      await log.remove()
    }
  })

  it("gives what following the log gave, and leaves nothing of the old", async () => {
    const model = await startReadModel(log.log, { redisUrl: Redacted.make(redis.url), checkMs: 20, maxStrangers: 15 })
    for (let n = 0; n < 20; n++) await write(60)
    await until(
      () => model.get("did:key:9"), // 1199 % 70
      (found) =>
        found.status === "known" &&
        found.device.decision?.origin === "1/0/1199" &&
        found.device.zone?.origin === "1/0/1199",
    )
    await model.stop()
    const small = await openStore(log, redis.url, 15)
    const before = await opened.store.open()
    const incremental = await contentOf(opened.plain, before)
    expect(Object.keys(incremental)).toHaveLength(67)
    const done = await build(small)
    small.close()
    expect(done).toMatchObject({ records: 1_200 * 2 + 120 + 1_200, devices: 65, unreadable: 0, lost: 0, deleted: 66 })
    expect(await contentOf(opened.plain, done.generation)).toEqual(incremental)
    expect(await opened.store.current()).toBe(done.generation)
    // What is left of the old one: the sign that it is closed, and that for a day.
    const [left, ...more] = await opened.plain.keys(`*:g${before}:*`)
    expect(more).toEqual([])
    expect(await opened.plain.hgetall(left!)).toEqual({ closed: "1" })
    expect(await opened.plain.ttl(left!)).toBeGreaterThan(80_000)
  })

  it("is taken over by the node that runs, and readers never see half of it", async () => {
    const model = await startReadModel(log.log, { redisUrl: Redacted.make(redis.url), checkMs: 20 })
    await write(300)
    await until(
      () => model.get("did:key:0"),
      (found) => found.status === "known",
    )
    await until(
      () => model.metrics(),
      ({ lagRecords, applied }) => lagRecords === 0 && applied >= 930,
    )
    let asked = 0
    let done = false
    const asking = (async () => {
      while (!done) {
        const found = await model.get(`did:key:${asked++ % 50}`)
        expect(found.status).toBe("known")
      }
    })()
    for (let round = 0; round < 3; round++) {
      const [{ generation }] = await Promise.all([build(), write(100)])
      await until(
        async () => {
          const { positions } = await opened.store.partition(0, generation)
          return [positions.audit, (await log.log.bounds({ stream: "audit.events.v1", partition: 0 })).end]
        },
        ([at, end]) => at === end,
      )
    }
    done = true
    await asking
    expect(asked).toBeGreaterThan(20)
    await model.stop()
    expect((await opened.plain.keys("*:device:*")).length).toBe(70)
  })

  it("is one at a time, and takes over from one that died", async () => {
    await write(10)
    await opened.store.open()
    const [, abandoned] = await opened.connection.script("assayBegin", [opened.store.keys.root], ["somebody", 60_000])
    await opened.plain.set("other", "untouched")
    await expect(build()).rejects.toMatchObject({ code: "busy" })
    await opened.plain.hset(opened.store.keys.root, "lease", "1")
    const orphan = opened.store.keys.device(0, String(abandoned), "did:key:orphan")
    await opened.plain.hset(orphan, "t", "x")
    await build()
    expect(await opened.plain.exists(orphan)).toBe(0)
    expect(await opened.plain.get("other")).toBe("untouched")
    expect(await opened.plain.hget(opened.store.keys.root, "retired")).toBe("")
    // The one that was only asleep must not put its half in place.
    expect(await opened.connection.script("assaySwitch", [opened.store.keys.root], ["somebody"])).toEqual([0])
  })

  it("that is cut off says so, and leaves the model in use as it was", async () => {
    await write(50)
    const { generation } = await build()
    const emptied = rebuild({
      log: log.log,
      store: opened.store,
      connection: opened.connection,
      onProgress: () => void opened.plain.hdel(opened.store.keys.root, "token", "building", "lease"),
    })
    await expect(emptied).rejects.toMatchObject({ code: "interrupted" })
    expect(await opened.store.current()).toBe(generation)
    expect((await opened.store.device(0, generation, "did:key:1")).facts).toHaveProperty("t")
  })

  it("does not touch the model of another log on the same Redis", async () => {
    const other = await testLog()
    await other.audit(decision("did:key:other", 0, "verified"))
    const theirs = openReadModel(other.log, { redisUrl: Redacted.make(redis.url) })
    await theirs.rebuild()
    await write(10)
    await build()
    await build()
    const name = await theirs.generation()
    expect(await theirs.device(name!, "did:key:other")).toMatchObject({ decision: { outcome: "verified" } })
    theirs.close()
    await other.remove()
  })
})
