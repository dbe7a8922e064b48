/** The model beside a running log, while Redis comes and goes. */

import { canStartRedis, sayWhatIsSkipped, type TestRedis, testRedis } from "@assay/testkit/redis"
import type { AuditEvent } from "@assay/trust"
import * as Redacted from "effect/Redacted"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Found, type RunningReadModel, startReadModel } from "../src/start.ts"
import { decision, message, type TestLog, testLog, transition } from "./events.ts"
import { contentOf, openStore, until } from "./support.ts"

sayWhatIsSkipped("packages/read-model/test/feed.test.ts")

const DEVICES = 20
const did = (n: number): string => `did:key:d${n % DEVICES}`

/** What the stages would write for the messages from `from` on. */
const life = (from: number, count: number): ReadonlyArray<AuditEvent> =>
  Array.from({ length: count }, (_, n) => from + n).flatMap((offset) => [
    ...(offset % 5 === 0 ? [transition(did(offset), offset, offset % 2 === 0 ? "trusted" : "watched")] : []),
    decision(did(offset), offset, "verified", { reputation: (offset % 100) / 100 }),
  ])

describe.skipIf(!canStartRedis)("feeding", () => {
  let redis: TestRedis
  let log: TestLog
  let model: RunningReadModel | null
  let written: number
  const problems: Array<string> = []

  const write = async (count: number): Promise<void> => {
    await log.audit(...life(written, count))
    await log.verified(
      ...Array.from({ length: count }, (_, n) => message(did(written + n), written + n, `z${written + n}`)),
    )
    written += count
  }
  const start = async (url = redis.url): Promise<RunningReadModel> => {
    model = await startReadModel(log.log, {
      redisUrl: Redacted.make(url),
      checkMs: 50,
      onProblem: (what, cause) => problems.push(`${what}: ${cause instanceof Error ? cause.message : cause}`),
    })
    return model
  }
  const lastOf = (found: Found): string | null =>
    found.status === "known" ? (found.device.decision?.origin ?? null) : null
  const caughtUp = async (): Promise<void> => {
    const last = written - 1
    await until(
      () => model!.get(did(last)),
      (found) => lastOf(found) === `1/0/${last}`,
    )
    await until(
      () => model!.get(did(last)),
      (found) => found.status === "known" && found.device.zone?.id === `z${last}`,
    )
    await until(
      () => model!.metrics(),
      ({ lagRecords, up }) => lagRecords === 0 && up === 1,
    )
  }
  /** What is in use says what a new model would say. */
  const isWhole = async (): Promise<void> => {
    const { store, plain, connection, close } = await openStore(log, redis.url, 10_000)
    const { rebuild } = await import("../src/rebuild.ts")
    const current = await until(
      () => store.current(),
      (name) => name !== null,
    )
    const before = await contentOf(plain, current!)
    const { generation } = await rebuild({ log: log.log, store, connection })
    expect(await contentOf(plain, generation)).toEqual(before)
    close()
  }

  beforeEach(async () => {
    problems.length = 0
    written = 0
    model = null
    redis = await testRedis()
    log = await testLog()
  })
  afterEach(async () => {
    await model?.stop()
    await log.remove()
    await redis.remove()
  })

  it("follows the log, and tells how far", async () => {
    await start()
    await write(100)
    await caughtUp()
    const found = await model!.get(did(95))
    expect(found).toMatchObject({
      status: "known",
      device: { state: "watched", reputation: 0.95, zone: { id: "z95" }, asOf: { offset: 120 } },
    })
    expect(await model!.get("did:key:never")).toEqual({ status: "unknown" })
    await until(
      () => model!.metrics().applied,
      (applied) => applied >= 220,
    )
    expect(model!.metrics()).toMatchObject({ partitions: 1, up: 1, lagRecords: 0, unreadable: 0, lost: 0, failures: 0 })
    await isWhole()
    expect(problems).toEqual([])
  })

  it("catches up after Redis was killed in the middle, again and again", async () => {
    await start()
    await write(200)
    for (let round = 0; round < 4; round++) {
      const writing = (async () => {
        for (let n = 0; n < 20; n++) await write(10)
      })()
      await until(
        () => model!.metrics().applied,
        (applied) => applied > 0,
      )
      await redis.kill("SIGKILL")
      await writing
      // On a busy machine all of it may have been applied before the kill.
      await write(10)
      await until(
        () => model!.metrics(),
        ({ up, lagRecords }) => up === 0 && lagRecords > 0,
      )
      expect(await model!.get(did(1))).toMatchObject({ status: "unavailable" })
      await redis.start()
      await caughtUp()
    }
    await isWhole()
    expect(problems.join("\n")).toContain(`Redis at 127.0.0.1:${redis.port}/0 does not answer as it should`)
  })

  it("does not wait for a Redis that is paused, and applies nothing twice when it goes on", async () => {
    await start()
    await write(50)
    await caughtUp()
    await redis.kill("SIGSTOP")
    await write(50)
    expect(await model!.get(did(1))).toMatchObject({ status: "unavailable" })
    await redis.kill("SIGCONT")
    await write(50)
    await caughtUp()
    await isWhole()
  })

  it("starts without a Redis, and finds it when it comes", async () => {
    await redis.stop()
    await write(30)
    await start()
    expect(await model!.get(did(1))).toMatchObject({ status: "unavailable" })
    await redis.start()
    await caughtUp()
    await isWhole()
  })

  it.each([
    ["FLUSHALL", true],
    ["FLUSHALL", false],
  ])("rebuilds itself after %s, with news: %s", async (_command, news) => {
    await start()
    await write(80)
    await caughtUp()
    const { plain, close } = await openStore(log, redis.url)
    await plain.flushall()
    if (news) await write(5)
    await caughtUp()
    await until(
      () => model!.get(did(0)),
      (found) => found.status === "known",
    )
    await isWhole()
    close()
  })

  it("goes back with a Redis that lost its last writes", async () => {
    // Without an append-only file it starts from its last dump: position and data are of one earlier moment.
    await redis.remove()
    redis = await testRedis({ persistent: false })
    const { plain, close } = await openStore(log, redis.url)
    await start()
    await write(60)
    await caughtUp()
    await plain.save()
    await write(60)
    await caughtUp()
    await redis.kill("SIGKILL")
    await redis.start()
    await write(1)
    await caughtUp()
    // 120 messages and their 24 transitions, the last 60 of each twice, and the one.
    await until(
      () => model!.metrics().applied,
      (applied) => applied >= 264 + 132 + 2 + 1,
    )
    expect(model!.metrics().applied).toBe(264 + 132 + 2 + 1)
    await isWhole()
    close()
  })

  it("two instances feed one model", async () => {
    const other = await startReadModel(log.log, { redisUrl: Redacted.make(redis.url), checkMs: 50 })
    await start()
    for (let n = 0; n < 30; n++) await write(10)
    await caughtUp()
    await other.stop()
    await isWhole()
  })

  it("passes over what cannot be read, counts it, and says where", async () => {
    await start()
    await write(5)
    await log.raw("audit.events.v1", Buffer.from("junk"))
    await log.raw("telemetry.verified.v1", Buffer.alloc(3))
    await write(5)
    await caughtUp()
    await until(
      () => model!.metrics().unreadable,
      (count) => count === 2,
    )
    expect(problems.join("\n")).toMatch(
      /passed over [12] records of partition 0 that it cannot read, the first at offset 6 of audit.events.v1/,
    )
  })

  it("names a wrong password, and shows it to nobody", async () => {
    const locked = await testRedis({ password: "right one", persistent: false })
    for (const url of [`redis://:wrong-secret@127.0.0.1:${locked.port}`, `redis://127.0.0.1:${locked.port}`]) {
      problems.length = 0
      const refused = await start(url)
      await until(
        () => problems.length,
        (count) => count > 0,
      )
      expect(problems[0]).toMatch(/REDIS_URL: Redis at 127.0.0.1:\d+\/0 refuses us \((WRONGPASS|NOAUTH)/)
      expect(problems.join("\n")).not.toContain("secret")
      expect(await refused.get("did:key:a")).toMatchObject({
        status: "unavailable",
        reason: expect.stringContaining("refuses us"),
      })
      await refused.stop()
    }
    await start(locked.url)
    await write(3)
    await caughtUp()
    await model!.stop()
    model = null
    await locked.remove()
  })

  it("waits where Redis is full, and refuses one that would throw devices away", async () => {
    const { plain, close } = await openStore(log, redis.url)
    await plain.config("SET", "maxmemory", "1mb")
    await start()
    await write(20)
    await until(
      () => problems.join("\n"),
      (text) => text.includes("is full (OOM"),
    )
    await plain.config("SET", "maxmemory", "0")
    await caughtUp()
    await model!.stop()
    problems.length = 0
    await plain.config("SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
    await start()
    await until(
      () => problems.join("\n"),
      (text) => text.includes("maxmemory-policy allkeys-lru"),
    )
    await plain.config("SET", "maxmemory-policy", "noeviction")
    await write(5)
    await caughtUp()
    close()
  })

  it("leaves somebody else's data alone, and says which key it is", async () => {
    const { plain, store, close } = await openStore(log, redis.url)
    await plain.set(store.keys.root, "theirs")
    await start()
    await until(
      () => problems.join("\n"),
      (text) => text.includes(store.keys.root),
    )
    expect(await plain.get(store.keys.root)).toBe("theirs")
    await plain.del(store.keys.root)
    await write(2)
    await caughtUp()
    close()
  })
})
