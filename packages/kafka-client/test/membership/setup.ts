/** Members of a group on a real broker, and the shares that they got. */
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join as path } from "node:path"
import { type Cluster, type ClusterOptions, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import type { Membership } from "@assay/log"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import kafkajs, { type Kafka } from "kafkajs"
import { vi } from "vitest"
import { Cluster as Brokers } from "../../src/cluster/cluster.ts"
import { fetchMetadata } from "../../src/cluster/metadata.ts"
import { kafkaClient } from "../../src/connect/client.ts"
import type { KafkaSettings } from "../../src/connect/settings.ts"
import { join } from "../../src/membership/membership.ts"

/** The broker's least is 1,000: as short as still leaves a loaded machine time for a heartbeat. */
export const SESSION_MS = 3_000
export const RETRY_MS = 4_000

export interface Broker {
  readonly cluster: Cluster
  readonly settings: KafkaSettings
  readonly kafka: Kafka
  stop(): Promise<void>
}

export const startBroker = async (
  options: Pick<ClusterOptions, "nodes" | "secure" | "users"> = {},
): Promise<Broker> => {
  const dataDir = await mkdtemp(path(tmpdir(), "assay-membership-"))
  const basePort = await freePorts(portsOf({ nodes: options.nodes ?? 1, secure: options.secure ?? false }))
  const cluster = await startCluster({ ...options, dataDir, basePort, heap: "384m", tied: true })
  const settings = {
    ...KAFKA_DEFAULTS,
    brokers: cluster.brokers,
    sessionTimeoutMs: SESSION_MS,
    retryMs: RETRY_MS,
  }
  const stop = async (): Promise<void> => {
    await cluster.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  const client = { ...cluster.client, retry: { retries: 8 }, logLevel: kafkajs.logLevel.NOTHING }
  return { cluster, settings, kafka: options.secure === true ? new kafkajs.Kafka(client) : kafkaClient(settings), stop }
}

export const makeTopic = async (kafka: Kafka, numPartitions: number): Promise<string> => {
  const topic = `shared-${randomUUID()}`
  const admin = kafka.admin()
  await admin.connect()
  // kafkajs's own waiting gives up where a broker has not heard of the new topic yet.
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false })
  await admin.disconnect()
  const brokers = new Brokers(kafka, 10_000)
  await vi.waitUntil(async () => (await fetchMetadata(brokers, [topic])).topics.get(topic)?.led, { timeout: 20_000 })
  await brokers.close()
  return topic
}

export interface Observed {
  readonly membership: Membership
  /** All shares in the order in which they were reported. */
  readonly shares: Array<ReadonlyArray<number>>
  readonly problems: Array<Error>
  readonly share: ReadonlyArray<number>
}

export const member = async (
  { kafka, settings }: Pick<Broker, "kafka" | "settings">,
  topic: string,
  partitions: number,
): Promise<Observed> => {
  const shares: Array<ReadonlyArray<number>> = []
  const problems: Array<Error> = []
  const membership = await join(kafka, settings, {
    group: topic,
    topic,
    partitions,
    onAssigned: (share) => shares.push([...share].sort((a, b) => a - b)),
    onProblem: (problem) => problems.push(problem),
  })
  return {
    membership,
    shares,
    problems,
    get share() {
      return shares.at(-1)!
    },
  }
}

export const eventually = (check: () => void | Promise<void>, timeout = 20_000): Promise<void> =>
  vi.waitFor(check, { timeout, interval: 20 })
