/** Three brokers: what was acknowledged survives the loss of one, and one alone takes no writes. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describeBroker } from "@assay/testkit/kafka"
import { Kafka, logLevel, type Producer } from "kafkajs"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { type Cluster, startCluster } from "../../kafka/cluster.ts"
import { portsOf } from "../../kafka/layout.ts"
import { freePorts } from "../../kafka/ports.ts"
import { brokersAlive, waitAlive } from "../../kafka/ready.ts"
import { makeTopic } from "./make-topic.ts"

const TOPIC = "replicated"

describeBroker("three brokers", () => {
  let dataDir: string
  let cluster: Cluster
  let kafka: Kafka
  let producer: Producer

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "assay-kafka-nodes-"))
    const basePort = await freePorts(portsOf({ nodes: 3, secure: false }))
    cluster = await startCluster({ dataDir, nodes: 3, basePort, heap: "256m", tied: true })
    kafka = new Kafka({ ...cluster.client, retry: { retries: 15 }, logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await makeTopic(admin, TOPIC)
    await admin.disconnect()
    producer = kafka.producer()
    await producer.connect()
  }, 180_000)

  afterAll(async () => {
    await producer?.disconnect()
    await cluster?.stop()
    await rm(dataDir, { recursive: true, force: true })
  }, 120_000)

  const topicOf = async (): Promise<{
    replicas: ReadonlyArray<number>
    isr: ReadonlyArray<number>
    leader: number
  }> => {
    const admin = kafka.admin()
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] })
    await admin.disconnect()
    return topics[0]!.partitions[0]!
  }

  it("replicate a topic on all three by default", async () => {
    expect([...(await topicOf()).replicas].sort()).toEqual([1, 2, 3])
  })

  it("go on without the leader that was killed, and take it back", { timeout: 120_000 }, async () => {
    const leader = cluster.nodes[(await topicOf()).leader - 1]!
    const before = leader.pid
    await leader.kill("SIGKILL")
    expect(leader.pid).toBeNull()
    // The controller misses it after its session of 9 s.
    await vi.waitFor(async () => expect((await topicOf()).leader).not.toBe(leader.id), {
      timeout: 60_000,
      interval: 200,
    })
    await producer.send({ topic: TOPIC, acks: -1, messages: [{ value: "without it" }] })
    await leader.start()
    expect(leader.pid).not.toBe(before)
    expect(await waitAlive(cluster.client, [1, 2, 3], 30_000)).toBe(true)
  })

  it("can be paused and go on", async () => {
    const [node] = cluster.nodes
    const alone = { ...cluster.client, brokers: [node!.broker] }
    await node!.kill("SIGSTOP")
    expect(await brokersAlive(alone)).toBeNull()
    await node!.kill("SIGCONT")
    expect(await waitAlive(alone, [node!.id], 30_000)).toBe(true)
  })

  it("stop cleanly one by one and start again", { timeout: 120_000 }, async () => {
    const [, second] = cluster.nodes
    expect(await second!.stop()).toBe(true)
    expect(await second!.stop()).toBe(true)
    await second!.start()
    await second!.start()
    expect(await waitAlive(cluster.client, [1, 2, 3], 30_000)).toBe(true)
  })
})
