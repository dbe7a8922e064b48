/**
 * A transaction that its coordinator completed without a marker, as Kafka 4.4 does where a partition has no leader at the
 * moment: whoever takes the id ends it as it was decided. What the broker does in a bad moment is done here by hand: records
 * of the id, on a partition that its transaction does not name.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster as Brokers, freePorts, startCluster } from "@assay/infra/kafka"
import { STREAMS } from "@assay/streams"
import { createTestLog, describeBroker, type TestLog } from "@assay/testkit/kafka"
import { afterAll, beforeAll, expect, it } from "vitest"
import { Cluster } from "../../src/cluster/cluster.ts"
import { kafkaClient } from "../../src/connect/client.ts"
import { finish, pack } from "../../src/wire/encode.ts"
import { produce } from "../../src/write/produce.ts"

const GROUP = "identity-resolver"
const STATE = `${GROUP}.state.v1`
const LEFT_OPEN = { stream: STREAMS.identified, partition: 1 }
const INPUT = { stream: STREAMS.submitted, partition: 1 }
const BROKER = 4

describeBroker("a transaction without its marker", () => {
  let dir: string
  let brokers: Brokers
  let test: TestLog
  let cluster: Cluster

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "assay-settle-"))
    brokers = await startCluster({ dataDir: dir, basePort: await freePorts(8), heap: "256m", tied: true })
    // The broker asks its coordinator whether a transaction names the partition; that keeps anybody from doing this by hand.
    const admin = kafkaClient({ ...(await settings()), prefix: "" }).admin()
    await admin.connect()
    const entry = { name: "transaction.partition.verification.enable", value: "false" }
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: BROKER, name: "1", configEntries: [entry] }] })
    await admin.disconnect()
    test = await createTestLog(brokers.brokers, [STREAMS.submitted, STREAMS.identified, STATE])
    cluster = new Cluster(kafkaClient(test.settings), 10_000)
  }, 120_000)

  const settings = async () => ({
    ...(await import("@assay/testkit/kafka/defaults")).KAFKA_DEFAULTS,
    brokers: brokers.brokers,
  })

  afterAll(async () => {
    await cluster.close()
    await test.destroy()
    await brokers.stop()
    await rm(dir, { recursive: true, force: true })
  })

  /** One transaction of the id over its changelog alone, and a record on another partition that it does not name. */
  const leaveOpen = async (outcome: "commit" | "abort", text: string): Promise<void> => {
    const { prefix } = test.settings
    const transactionalId = `${prefix}${GROUP}.${INPUT.stream}.${INPUT.partition}`
    await cluster.leader(prefix + STATE, 1) // the map of the cluster is there
    const coordinator = await cluster.coordinator("transaction", transactionalId)
    const { producerId, producerEpoch } = await coordinator.initProducerId({
      transactionalId,
      transactionTimeout: 60_000,
    })
    const of = { transactionalId, producerId, producerEpoch }
    await coordinator.addPartitionsToTxn({ ...of, topics: [{ topic: prefix + STATE, partitions: [1] }] })
    await coordinator.endTxn({ ...of, transactionResult: outcome === "commit" })
    const packed = await pack([{ key: Buffer.of(1), value: Buffer.from(text) }], true)
    const batch = finish(packed, { id: producerId, epoch: producerEpoch }, 0, true, Date.now())
    await produce(cluster, transactionalId, [{ topic: prefix + LEFT_OPEN.stream, partition: 1, batch }])
  }
  const seen = async (): Promise<ReadonlyArray<string>> => {
    const log = await test.open()
    return (await log.read(LEFT_OPEN, 0, 100, 1 << 20)).map(({ value }) => Buffer.from(value).toString())
  }

  it("keeps readers waiting until its id is taken, and is then what its coordinator had decided", async () => {
    const log = await test.open()
    await log.take(GROUP, INPUT)
    const { offset } = await log.append(LEFT_OPEN, [{ key: Buffer.of(0), value: Buffer.from("before") }])
    expect(offset).toBe(0)
    await leaveOpen("commit", "committed")
    await log.append(LEFT_OPEN, [{ key: Buffer.of(0), value: Buffer.from("after") }])
    expect(await seen()).toEqual(["before"])
    await (await test.open()).take(GROUP, INPUT)
    expect(await seen()).toEqual(["before", "committed", "after"])

    await leaveOpen("abort", "aborted")
    expect(await seen()).toEqual(["before", "committed", "after"])
    const taker = await test.open()
    await taker.take(GROUP, INPUT)
    const outputs = [{ stream: LEFT_OPEN.stream, records: [{ key: Buffer.of(1), value: Buffer.from("once more") }] }]
    await taker.commit(1, { group: GROUP, stream: INPUT.stream, from: 0, next: 1, outputs })
    expect(await seen()).toEqual(["before", "committed", "after", "once more"])
  })
})
