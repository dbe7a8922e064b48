/** A runner on a real broker whose connections break in the middle of commits: the next one goes on from memory. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import {
  type Breaking,
  breaking,
  createTestLog,
  describeKafka,
  END_TXN,
  PRODUCE,
  type TestLog,
  testCluster,
} from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Opening } from "../../src/runner/options.ts"
import type { PartitionState } from "../../src/runner/partition-state.ts"
import { StageRunner } from "../../src/runner/runner.ts"
import { countingStage, identified } from "./counting.ts"
import { CHANGELOG, INPUT, known, OUTPUT, readAll } from "./support.ts"

const ROUNDS = 24
const DEVICES = 7

describeKafka("commits whose outcome nobody hears of, on a real broker", () => {
  let test: TestLog

  beforeAll(async () => {
    const { client } = await testCluster()
    const streams = [INPUT, OUTPUT, CHANGELOG].map(({ stream }) => stream)
    test = await createTestLog(client.brokers as Array<string>, [...streams, STREAMS.undecided, STREAMS.audit])
  }, 60_000)
  afterAll(() => test.destroy())

  it("are rolled back or kept as the log has it, and each message is judged once", async () => {
    const plan: Breaking = { kind: END_TXN, before: true, times: 0 }
    const log = await test.open({ sockets: breaking(plan), settings: { retryMs: 1 } })
    const other = await test.open()
    const openings: Array<Opening> = []
    const seen = new Set<Opening>()
    const open = async (on: Log, left: PartitionState | null = null): Promise<StageRunner> => {
      for (;;) {
        const opened = await StageRunner.open(
          {
            log: on,
            stages: [countingStage(9, 5)],
            partition: 0,
            roots: { roots: [], threshold: 1 },
            onOpening: (from) => openings.push(from),
          },
          left,
        ).catch((cause: unknown) => cause)
        if (opened instanceof StageRunner) return opened
        expect((opened as Error).name).toBe("UnavailableError")
      }
    }
    let runner = await open(log)
    const said: Array<string> = []
    let failures = 0
    for (let round = 0; round < ROUNDS; round++) {
      const devices = Array.from({ length: 1 + (round % 5) }, (_, n) => `did:${(round * 3 + n) % DEVICES}`)
      const records = devices.map((device, n) => ({
        key: Buffer.from(device),
        value: identified(device, { epoch: 1, partition: 0, offset: said.length + n }, Date.now()),
      }))
      await other.append(INPUT, records)
      said.push(...devices)
      Object.assign(plan, { kind: round % 4 < 3 ? END_TXN : PRODUCE, before: round % 2 === 0, times: 1 })
      const failed = await runner.drain().then(
        () => null,
        (cause: unknown) => cause as Error,
      )
      plan.times = 0
      if (failed === null) continue
      failures++
      expect(failed.name).toBe("UnavailableError")
      openings.length = 0
      const next = await open(log, runner.state)
      expect(openings).not.toContain("restored")
      if (round % 6 === 0) {
        // Another process reads everything, and gives the partition back without having judged.
        expect(known(next)).toEqual(known(await open(other)))
        runner = await open(log, next.state)
        expect(openings.at(-1)).toBe("rolled-back")
      } else runner = next
      seen.add(openings[0]!)
      await runner.drain()
    }
    expect(failures).toBeGreaterThan(5)
    expect([...seen].sort()).toEqual(["committed", "rolled-back"])
    expect(known(runner)).toEqual(known(await open(other)))
    const judged = await readAll(other, OUTPUT)
    expect(judged.map(({ key }) => Buffer.from(key).toString())).toEqual(said)
  }, 120_000)
})
