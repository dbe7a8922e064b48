/** The runner on a real broker: what its other tests show on an imitation of one. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Log, TakenOverError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { createTestLog, describeKafka, type TestLog, testCluster } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type RunnerOptions, StageRunner } from "../../src/runner/runner.ts"
import type { SnapshotEvent } from "../../src/state/snapshot/format.ts"
import { countingStage, identified } from "./counting.ts"
import { CHANGELOG, INPUT, known, OUTPUT, readAll } from "./support.ts"

const DEADLETTER = { stream: STREAMS.deadletter, partition: 0 }

describeKafka("a runner on a real broker", () => {
  let test: TestLog
  let log: Log
  let dir: string
  let offset = 0

  beforeAll(async () => {
    const { client } = await testCluster()
    const streams = [INPUT, OUTPUT, CHANGELOG, DEADLETTER].map(({ stream }) => stream)
    test = await createTestLog(client.brokers as Array<string>, [...streams, STREAMS.undecided, STREAMS.audit])
    log = await test.open()
    dir = mkdtempSync(join(tmpdir(), "assay-runner-kafka-"))
  }, 60_000)
  afterAll(async () => {
    await test.destroy()
    rmSync(dir, { recursive: true, force: true })
  })

  const runner = (on: Log, options: Partial<RunnerOptions> = {}): Promise<StageRunner> =>
    StageRunner.open({
      log: on,
      stages: [countingStage(4, 20)],
      partition: 0,
      roots: { roots: [], threshold: 1 },
      ...options,
    })

  const messages = async (...devices: ReadonlyArray<string>): Promise<void> => {
    const records = devices.map((device) => ({
      key: Buffer.from(device),
      value: identified(device, { epoch: 1, partition: 0, offset: offset++ }, Date.now()),
    }))
    await log.append(INPUT, records)
  }

  it("hands a partition over with its state, keeps dead letters and traces, and restores from a snapshot", async () => {
    const events: Array<SnapshotEvent> = []
    const snapshots = { dir, onEvent: (event: SnapshotEvent) => events.push(event) }
    const first = await runner(log, { batchRecords: 10, snapshots })
    await messages(...Array.from({ length: 60 }, (_, n) => `did:${n % 25}`))
    await log.append(INPUT, [
      { key: Buffer.from("k"), value: Buffer.from("junk"), headers: { mine: Buffer.of(0, 255) } },
      { key: Buffer.alloc(0), value: Buffer.alloc(0), absent: { key: true, value: true } },
    ])
    const tracer = { begin: () => ({ traceparent: "00-ours", end: () => undefined }) }
    await first.drain()
    await first.run(AbortSignal.abort())
    expect(events.at(-1)?.kind).toBe("written")

    const letters = await readAll(log, DEADLETTER)
    expect(letters.map(({ value, absent }) => [Buffer.from(value).toString(), absent?.value ?? false])).toEqual([
      ["junk", false],
      ["", true],
    ])
    expect(Buffer.from(letters[0]!.headers!["mine"] as Uint8Array)).toEqual(Buffer.of(0, 255))
    expect((await readAll(log, CHANGELOG)).some(({ absent }) => absent?.value === true)).toBe(true)

    // Another process takes the partition; the former owner's next commit is refused, and nothing of it is seen.
    const other = await test.open()
    const second = await runner(other, { tracer, snapshots })
    expect(events.at(-1)?.kind).toBe("used")
    expect(known(second)).toEqual(known(first))
    await messages("did:3", "did:3")
    await expect(first.drain()).rejects.toThrow(TakenOverError)
    await second.drain()
    const judged = await readAll(other, OUTPUT)
    expect(judged).toHaveLength(62)
    expect(Buffer.from(judged[60]!.headers!["traceparent"] as Uint8Array).toString()).toBe("00-ours")
    expect(judged[61]!.headers).toBeUndefined()
    // A gap lies behind each transaction: offsets are no counts.
    expect(judged.at(-1)!.offset).toBeGreaterThan(61)
    expect(known(await runner(await test.open()))).toEqual(known(second))
  }, 60_000)
})
