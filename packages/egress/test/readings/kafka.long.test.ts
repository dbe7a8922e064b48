/** Rows of readings on a real broker: processes of one group that come and go, in transactions. */
import type { Log } from "@assay/log"
import { decodeReadingRow, encodeAssayed } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { createTestLog, describeKafka, PARTITIONS, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { READINGS_GROUP } from "../../src/readings/known-position.ts"
import { type RunningReadings, startReadings } from "../../src/readings/start.ts"
import { decidedWith, reading } from "./support.ts"

describeKafka("rows of readings by a group", () => {
  let kafka: TestLog
  let writer: Log
  const wanted: Array<string> = []

  const writeSome = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const offset = wanted.length
      const partition = offset % PARTITIONS
      const message = decidedWith(offset, {}, [reading("a")], { origin: { epoch: 1, partition, offset } })
      const at = { stream: STREAMS.verified, partition }
      await writer.append(at, [{ key: Buffer.from(message.key), value: encodeAssayed(message) }])
      wanted.push(`1/${partition}/${offset}#0`)
    }
  }
  const rows = async (): Promise<ReadonlyArray<string>> => {
    const found: Array<string> = []
    for (let partition = 0; partition < PARTITIONS; partition++)
      for (const { value } of await writer.read({ stream: STREAMS.readingsVerified, partition }, 0, 10_000, 1 << 24)) {
        const { originEpoch, originPartition, originOffset, position } = decodeReadingRow(value)
        found.push(`${originEpoch}/${originPartition}/${originOffset}#${position}`)
      }
    return found
  }
  const start = async (): Promise<RunningReadings> =>
    startReadings({
      log: await kafka.open(),
      wanted: "verified",
      format: "avro",
      gather: { ms: 20, records: 8 },
      checkMs: 100,
      onProblem: () => undefined,
    })
  const hasAll = () =>
    vi.waitFor(async () => expect((await rows()).toSorted()).toEqual(wanted.toSorted()), { timeout: 40_000 })

  beforeAll(async () => {
    const { client } = await testCluster()
    kafka = await createTestLog(client.brokers as Array<string>, [
      STREAMS.verified,
      STREAMS.annotated,
      STREAMS.quarantined,
      STREAMS.readingsVerified,
      STREAMS.readingsAnnotated,
      STREAMS.readingsQuality,
    ])
    writer = await kafka.open()
  }, 120_000)
  afterAll(() => kafka?.destroy())

  it("has each once, across processes that come and go", { timeout: 120_000 }, async () => {
    await writeSome(20)
    const first = await start()
    await hasAll()
    const second = await start()
    await writeSome(20)
    await hasAll()
    await first.stop()
    await writeSome(20)
    await hasAll()
    await second.stop()
    // Nothing comes again with the next one, whose position is that of the group.
    const third = await start()
    await writeSome(2)
    await hasAll()
    await third.stop()
    expect(third.metrics().rows).toBe(2)
    for (let partition = 0; partition < PARTITIONS; partition++)
      expect(await writer.position(READINGS_GROUP, { stream: STREAMS.verified, partition })).toBeGreaterThan(0)
  })
})
