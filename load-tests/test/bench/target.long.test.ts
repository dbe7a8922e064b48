/** The real pipeline under a small load. No figure is looked at: only that all is sent, decided and counted. */

import { describeKafka, testCluster } from "@assay/testkit/kafka"
import { expect, it } from "vitest"
import { forgetTopics } from "../../src/bench/broker.ts"
import { measureDrain } from "../../src/bench/drain.ts"
import { LoadGenerator } from "../../src/bench/sweep.ts"
import { openEmbeddedTarget } from "../../src/bench/target-embedded.ts"
import { measureTopology, prefixesOf } from "../../src/bench/topology.ts"
import { makeWorkload } from "../../src/bench/workload.ts"

const SHAPE = { devices: 20, partitions: 2, seed: "load test" }
const SETTINGS = { seconds: 1, warmUpSeconds: 0.5, patienceSeconds: 20 }

it("attacks have their share, and ordinary messages are the rest", () => {
  const workload = makeWorkload({ ...SHAPE, attackShare: 0.25, messages: 2_000 })
  const messages = workload.next(2_000)
  expect(messages.filter(({ ordinary }) => !ordinary)).toHaveLength(500)
  expect(workload.attacks.length).toBeGreaterThan(20)
  expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set([0, 1]))
})

for (const via of ["log", "http"] as const)
  it(`drains a backlog and keeps up with a rate, embedded, by ${via}`, async () => {
    const workload = makeWorkload({ ...SHAPE, attackShare: 0.1, messages: 2_000, lines: via === "http" })
    const target = await openEmbeddedTarget({ topology: "chained", partitions: 2, via, workload })
    try {
      await target.send(workload.enrolment)
      await target.settled()
      const { drain, outcomes } = await measureDrain(target, workload.next(500))
      expect(drain.messages).toBe(500)
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(500)
      expect(drain.perSecond).toBeGreaterThan(0)
      const generator = await LoadGenerator.on(target, workload, SETTINGS, { others: [], progress: () => undefined })
      const result = await generator.rate(200)
      expect(result).toMatchObject({ offered: 200, finished: true, count: 200 })
      expect(result.p50).toBeGreaterThan(0)
      expect(result.p99).toBeGreaterThanOrEqual(result.p50)
    } finally {
      await target.close()
    }
  })

describeKafka("on Kafka", () => {
  it("the pipeline beside its floor", async () => {
    const { client } = await testCluster()
    const brokers = client.brokers as ReadonlyArray<string>
    const prefix = `bt${process.pid}.`
    const nothing = async (): Promise<void> => undefined
    const result = await measureTopology({
      ...SHAPE,
      topology: "chained",
      broker: { brokers, version: null, dataDir: null, processes: [], forget: nothing, stop: nothing },
      prefix,
      ...{ messages: 600, warmUp: 400, rounds: 1, batchRecords: null, env: {} },
      load: null,
      progress: () => undefined,
    })
    expect(result.drains).toHaveLength(1)
    expect(result.floor).toHaveLength(1)
    expect(result.drains[0]!.cpuUs["assay"]).toBeGreaterThan(0)
    const records = Object.fromEntries(result.written.map((one) => [one.stream, one.records]))
    expect(records["telemetry.verified.v1"]).toBeGreaterThan(500)
    await forgetTopics(brokers, prefixesOf(prefix))
  }, 180_000)
})
