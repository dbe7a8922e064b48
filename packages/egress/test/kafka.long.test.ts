/** Several exporters of one group on a log that processes share. */
import { groupCheckpoint } from "@assay/consumer"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { createTestLog, describeKafka, PARTITIONS, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { decisionLines } from "../src/encode/decision.ts"
import { type RunningEgress, startEgress } from "../src/run.ts"
import { setUpSink } from "../src/sink/kinds.ts"
import type { Sink } from "../src/sink/sink.ts"
import { memoryPositions } from "../src/state/position-file.ts"
import { deadLettersTo } from "../src/unexported-deadletter.ts"
import { decided, write } from "./support.ts"

describeKafka("an export by a group", () => {
  let kafka: TestLog
  let writer: Log
  let written: Array<string> = []
  const flushed: Array<string> = []

  const writeSome = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const offset = written.length
      const partition = offset % PARTITIONS
      await write(writer, decided(partition, offset, offset % 3 === 0 ? "verified" : "annotated"))
      written.push(`1/${partition}/${offset}`)
    }
  }
  const sink = (): Sink => ({
    name: "test",
    open: async () => undefined,
    write: async (items) => {
      flushed.push(...items.map(({ key }) => key))
      return []
    },
    flush: async () => undefined,
    close: async () => undefined,
  })
  const start = async (): Promise<RunningEgress> => {
    const log = await kafka.open()
    return startEgress({
      log,
      group: "siem-lines",
      outcomes: ["verified", "annotated"],
      encoder: decisionLines,
      sink: sink(),
      checkpoint: groupCheckpoint(log, "siem-lines"),
      deadLetters: deadLettersTo(({ reason }) => expect.unreachable(reason)),
      sinceMs: null,
      checkMs: 100,
      onProblem: () => undefined,
    })
  }
  const hasAll = () =>
    vi.waitFor(() => expect([...new Set(flushed)].toSorted()).toEqual(written.toSorted()), { timeout: 40_000 })

  beforeAll(async () => {
    const { client } = await testCluster()
    kafka = await createTestLog(client.brokers as Array<string>, [
      STREAMS.verified,
      STREAMS.annotated,
      STREAMS.siemOcsf,
    ])
    writer = await kafka.open()
    written = []
  }, 120_000)
  afterAll(() => kafka?.destroy())

  it("has everything, across processes that come and go, and moves on from the group's position", {
    timeout: 120_000,
  }, async () => {
    await writeSome(20)
    const first = await start()
    await hasAll()
    const second = await start()
    await writeSome(20)
    await hasAll()
    await first.stop()
    await writeSome(20)
    await hasAll()
    await second.settled()
    await second.stop()
    for (let partition = 0; partition < PARTITIONS; partition++)
      for (const stream of [STREAMS.verified, STREAMS.annotated]) {
        const at = { stream, partition }
        const position = await writer.position("siem-lines", at)
        expect(position).toBeGreaterThan(0)
        expect(await writer.read(at, position, 1, 1)).toEqual([])
      }
    // Whoever comes next begins behind it.
    const before = flushed.length
    await writeSome(4)
    const third = await start()
    await hasAll()
    await third.stop()
    expect(flushed.length - before).toBe(4)
  })

  it("into a topic of JSON: each decision under its key, with its class in a header", {
    timeout: 120_000,
  }, async () => {
    const log = await kafka.open()
    await write(log, decided(0, 90_001, "verified"), decided(1, 90_002, "verified"))
    const { make, encoder, wanted } = setUpSink("topic:siem.ocsf.v1")
    const running = await startEgress({
      log,
      group: null,
      outcomes: ["verified"],
      encoder: encoder(log),
      wanted,
      sink: make(log),
      checkpoint: memoryPositions(),
      deadLetters: deadLettersTo(({ reason }) => expect.unreachable(reason)),
      sinceMs: null,
      onProblem: (what, cause) => expect.unreachable(`${what}: ${cause}`),
    })
    await running.settled()
    await running.stop()
    const records = []
    for (let partition = 0; partition < PARTITIONS; partition++)
      records.push(...(await log.read({ stream: STREAMS.siemOcsf, partition }, 0, 1_000, 1 << 20)))
    const found = records.find(({ key }) => Buffer.from(key).toString() === "1/1/90002")!
    expect(JSON.parse(Buffer.from(found.value).toString())).toMatchObject({
      class_uid: 3003,
      metadata: { uid: "1/1/90002", version: "1.5.0" },
    })
    expect(Buffer.from(found.headers!["class"] as Uint8Array).toString()).toBe("3003")
  })
})
