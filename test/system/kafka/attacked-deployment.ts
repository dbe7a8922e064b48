/**
 * A deployment on a real broker, and somebody who writes to its topics as no Assay does. The topics are those that
 * `assay topics apply` makes; the honest device beside all the junk really signs.
 */
import { randomUUID } from "node:crypto"
import { SERVICES } from "@assay/cli/services"
import { TopicsState } from "@assay/cli/topics/state"
import { encodeSubmitted, publishKnowledge, type Topology } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { Cluster, kafkaClient, truncateBefore } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { describeTransactionRequest, type Produced, produceRequest } from "@assay/kafka-client/wire"
import { type Log, type LogRecord, partitionOf } from "@assay/log"
import { openKafka } from "@assay/log-kafka"
import { type OpenNode, type OpenOptions, openNode, type ServiceDefinition } from "@assay/node"
import { decodeAssayed, decodeAudit, decodeRejected, type RejectedRecord } from "@assay/schemas"
import { ALL_STREAMS, ROLES, STREAMS } from "@assay/streams"
import { testCluster } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import type { AssayedMessage, AuditEvent, Origin } from "@assay/trust"
import type { Admin, Kafka, Message, Producer } from "kafkajs"

const PARTITIONS = 2
const MAX_BYTES = 64 << 20

export interface Problem {
  readonly what: string
  readonly cause: unknown
}

/** Makes the topics of a log under a prefix of its own, and begins it. */
export const makeLog = async (partitions = PARTITIONS): Promise<KafkaSettings> => {
  const { client } = await testCluster()
  const settings: KafkaSettings = {
    ...KAFKA_DEFAULTS,
    brokers: client.brokers as Array<string>,
    allowInsecure: true,
    prefix: `h${randomUUID().slice(0, 8)}.`,
  }
  const topics = await TopicsState.open(settings, { partitions, replication: 1, retention: {}, principals: [] })
  try {
    await topics.apply(await topics.read(), { configs: false, acls: false })
  } finally {
    await topics.close()
  }
  return settings
}

/** Takes its topics away. */
export const removeLog = async (settings: KafkaSettings): Promise<void> => {
  const admin = kafkaClient(settings).admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(settings.prefix))
  await admin.deleteTopics({ topics })
  await admin.disconnect()
}

export class Attacked {
  readonly settings: KafkaSettings
  readonly kafka: Kafka
  readonly admin: Admin
  readonly producer: Producer
  /** Reads and writes beside the deployment. */
  readonly log: Log
  readonly world: World
  readonly problems: Array<Problem> = []
  opened: OpenNode
  readonly #cluster: Cluster
  readonly #options: Partial<OpenOptions>
  readonly #services: ReadonlyArray<ServiceDefinition>

  private constructor(
    services: ReadonlyArray<ServiceDefinition>,
    parts: Pick<Attacked, "settings" | "kafka" | "admin" | "producer" | "log" | "world">,
  ) {
    this.settings = parts.settings
    this.kafka = parts.kafka
    this.admin = parts.admin
    this.producer = parts.producer
    this.log = parts.log
    this.world = parts.world
    this.opened = undefined as never
    this.#cluster = new Cluster(parts.kafka, 5_000)
    this.#options = {}
    this.#services = services
  }

  /** @param services others than those of the command, where a test has put faults into them */
  static async open(
    topology: Topology = "chained",
    options: Partial<OpenOptions> = {},
    services: ReadonlyArray<ServiceDefinition> = SERVICES,
  ): Promise<Attacked> {
    const settings = await makeLog()
    const kafka = kafkaClient(settings)
    const admin = kafka.admin()
    const producer = kafka.producer({ allowAutoTopicCreation: false })
    await Promise.all([admin.connect(), producer.connect()])
    const log = await openKafka({ settings, streams: ALL_STREAMS, roles: ROLES })
    const world = new World({ seed: settings.prefix, now: Math.ceil(log.genesis / 1000) + 1, log })
    const attacked = new Attacked(services, { settings, kafka, admin, producer, log, world })
    Object.assign(attacked.#options, { topology, ...options })
    await attacked.start()
    await publishKnowledge(log, "bundle", world.signedBundle)
    await publishKnowledge(log, "policy", world.signedPolicy)
    return attacked
  }

  async start(options: Partial<OpenOptions> = {}): Promise<OpenNode> {
    this.opened = await openNode(this.#services, {
      dir: null,
      kafka: this.settings,
      roots: this.world.rootSet,
      topology: "chained",
      tickMs: 0,
      seal: false,
      workers: 0,
      onProblem: (what, cause) => this.problems.push({ what, cause }),
      ...this.#options,
      ...options,
    })
    return this.opened
  }

  topic(stream: string): string {
    return this.settings.prefix + stream
  }

  home({ did }: Device): number {
    return partitionOf(did, this.log.partitions)
  }

  async say(device: Device, { bytes }: { readonly bytes: Uint8Array } = device.message()): Promise<Origin> {
    const key = Buffer.from(device.did)
    const partition = this.home(device)
    const { offset } = await this.log.append({ stream: STREAMS.submitted, partition }, [
      encodeSubmitted(key, envelopeOf(bytes)),
    ])
    return { epoch: this.log.epoch, partition, offset }
  }

  /** As any client of Kafka writes. @returns the offset of the first */
  async send(stream: string, partition: number, ...messages: ReadonlyArray<Omit<Message, "partition">>) {
    const [sent] = await this.producer.send({
      topic: this.topic(stream),
      messages: messages.map((message) => ({ ...message, partition })),
    })
    return Number(sent!.baseOffset)
  }

  /** A finished batch, as nobody's client would make it. */
  async sendBatch(stream: string, partition: number, batch: Buffer): Promise<Produced> {
    const leader = await this.#cluster.leader(this.topic(stream), partition)
    const part = { topic: this.topic(stream), partition, batch }
    const { produced } = await leader.connectionPool.send(produceRequest(null, [part], 5_000))
    return produced[0]!
  }

  /** As `kafka-consumer-groups.sh --reset-offsets` does, while nobody is a member. */
  async moveGroup(group: string, stream: string, partition: number, offset: number): Promise<void> {
    const groupId = this.settings.prefix + group
    const topics = [{ topic: this.topic(stream), partitions: [{ partition, offset: `${offset}`, metadata: "" }] }]
    await this.#cluster.retrying("moving a group", async () => {
      const broker = (await this.#cluster.coordinator("group", groupId)) as unknown as {
        offsetCommit(of: object): Promise<unknown>
      }
      await broker.offsetCommit({ groupId, groupGenerationId: -1, memberId: "", retentionTime: -1, topics })
    })
  }

  /** How the last transaction of a group's partition stands, as its coordinator calls it; null: it never had one. */
  async transaction(group: string, stream: string, partition: number): Promise<string | null> {
    const id = `${this.settings.prefix}${group}.${stream}.${partition}`
    return this.#cluster.retrying(`describing ${id}`, async () => {
      const coordinator = await this.#cluster.coordinator("transaction", id)
      return (await coordinator.connectionPool.send(describeTransactionRequest(id))).state
    })
  }

  /** As retention does, or `kafka-delete-records.sh`. */
  async deleteBefore(stream: string, partition: number, offset: number): Promise<void> {
    await truncateBefore(this.#cluster, this.topic(stream), partition, offset)
  }

  async records(stream: string): Promise<ReadonlyArray<LogRecord & { readonly partition: number }>> {
    const found: Array<LogRecord & { readonly partition: number }> = []
    for (let partition = 0; partition < this.log.partitions; partition++) {
      const at = { stream, partition }
      for (let { start: next, end } = await this.log.bounds(at); next < end; ) {
        const records = await this.log.read(at, next, 65_536, MAX_BYTES)
        if (records.length === 0) break
        for (const record of records) found.push({ ...record, partition })
        next = records.at(-1)!.offset + 1
      }
    }
    return found
  }

  async outcomes(): Promise<ReadonlyMap<string, ReadonlyArray<string>>> {
    const found = new Map<string, Array<string>>()
    const note = ({ origin }: { readonly origin: Origin }, outcome: string) => {
      const key = keyOf(origin)
      found.set(key, [...(found.get(key) ?? []), outcome])
    }
    for (const outcome of ["verified", "annotated", "quarantined"] as const)
      for (const message of await this.decisions(outcome)) note(message, outcome)
    for (const record of await this.rejected()) note(record, record.reasons.join())
    return found
  }

  async decisions(outcome: "verified" | "annotated" | "quarantined"): Promise<ReadonlyArray<AssayedMessage>> {
    return (await this.records(STREAMS[outcome])).map(({ value }) => decodeAssayed(value))
  }

  async rejected(): Promise<ReadonlyArray<RejectedRecord>> {
    return (await this.records(STREAMS.rejected)).map(({ value }) => decodeRejected(value))
  }

  async audit(): Promise<ReadonlyArray<AuditEvent>> {
    return (await this.records(STREAMS.audit)).map(({ value }) => decodeAudit(value))
  }

  async close(): Promise<void> {
    await this.opened?.close().catch(() => undefined)
    await Promise.all([this.log.close(), this.#cluster.close(), this.producer.disconnect(), this.admin.disconnect()])
    await removeLog(this.settings)
  }
}

export const keyOf = ({ partition, offset }: Origin): string => `${partition}/${offset}`

/** Waits until `is`; the state of affairs, not the time, ends it. */
export const until = async (is: () => boolean | Promise<boolean>, what: string, ms = 20_000): Promise<void> => {
  for (const end = performance.now() + ms; !(await is()); ) {
    if (performance.now() > end) throw new Error(`after ${ms / 1000} s still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
