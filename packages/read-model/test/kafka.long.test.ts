/** The same model over a log that several processes share. */

import { type Log, partitionOf } from "@assay/log"
import { encodeAssayed, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { createTestLog, describeKafka, PARTITIONS, type TestLog, testCluster } from "@assay/testkit/kafka"
import { canStartRedis, sayWhatIsSkipped, type TestRedis, testRedis } from "@assay/testkit/redis"
import * as Redacted from "effect/Redacted"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rebuild } from "../src/rebuild.ts"
import { type RunningReadModel, startReadModel } from "../src/start.ts"
import { decision, message, transition } from "./events.ts"
import { contentOf, openStore, until } from "./support.ts"

sayWhatIsSkipped("packages/read-model/test/kafka.long.test.ts")

const DEVICES = Array.from({ length: 40 }, (_, n) => `did:key:k${n}`)

describeKafka("the read model on a shared log", () => {
  describe.skipIf(!canStartRedis)("of several processes", () => {
    let redis: TestRedis
    let kafka: TestLog
    let writer: Log
    let written = 0

    const write = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        const offset = written++
        const device = DEVICES[offset % DEVICES.length]!
        const partition = partitionOf(device, PARTITIONS)
        const origin = { epoch: 1, partition, offset }
        const record = (value: Uint8Array) => ({ key: Buffer.from(device), value })
        const moved = { ...transition(device, offset, "trusted"), origin }
        const decided = { ...decision(device, offset, "verified"), origin }
        await writer.append({ stream: STREAMS.audit, partition }, [
          record(encodeAudit(moved)),
          record(encodeAudit(decided)),
        ])
        await writer.append({ stream: STREAMS.verified, partition }, [
          record(encodeAssayed({ ...message(device, offset, `z${offset}`), origin })),
        ])
      }
    }
    const start = async (): Promise<RunningReadModel> =>
      startReadModel(await kafka.open(), {
        redisUrl: Redacted.make(redis.url),
        prefix: kafka.settings.prefix,
        checkMs: 100,
      })
    const caughtUp = async (model: RunningReadModel): Promise<void> => {
      for (let offset = Math.max(0, written - DEVICES.length); offset < written; offset++) {
        await until(
          () => model.get(DEVICES[offset % DEVICES.length]!),
          (found) =>
            found.status === "known" &&
            found.device.decision?.origin.endsWith(`/${offset}`) === true &&
            found.device.zone?.id === `z${offset}`,
        )
      }
    }

    beforeAll(async () => {
      redis = await testRedis()
      const { client } = await testCluster()
      kafka = await createTestLog(client.brokers as Array<string>, [
        STREAMS.audit,
        STREAMS.verified,
        STREAMS.annotated,
        STREAMS.quarantined,
      ])
      writer = await kafka.open()
    }, 120_000)
    afterAll(async () => {
      await kafka?.destroy()
      await redis?.remove()
    })

    it("shares the partitions, takes over those of one that leaves, and ends as a rebuild would", {
      timeout: 120_000,
    }, async () => {
      const first = await start()
      await write(60)
      await caughtUp(first)
      const second = await start()
      await until(
        () => [first.metrics().partitions, second.metrics().partitions],
        ([a, b]) => a === 1 && b === 1,
      )
      await write(60)
      await caughtUp(second)
      await first.stop()
      await write(60)
      await until(
        () => second.metrics().partitions,
        (count) => count === PARTITIONS,
      )
      await caughtUp(second)
      await until(
        () => second.metrics(),
        ({ lagRecords }) => lagRecords === 0,
      )
      await second.stop()
      const { plain, store, connection, close } = await openStore(
        { log: writer },
        redis.url,
        10_000,
        kafka.settings.prefix,
      )
      const before = await contentOf(plain, (await store.current())!)
      const { generation, lost } = await rebuild({ log: writer, store, connection })
      expect(lost).toBe(0)
      expect(await contentOf(plain, generation)).toEqual(before)
      close()
    })
  })
})
