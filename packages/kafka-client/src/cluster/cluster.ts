/**
 * The map of a Kafka cluster and the connections to it: who leads a partition, who coordinates a group or a transaction.
 * One of it has two connections to a broker (one for fetches, one for the rest); a broker answers one request of a connection
 * after the other, so whoever waits in long polls needs a cluster of its own.
 */
import type { Kafka } from "kafkajs"
import type { Broker } from "../kafkajs/broker.ts"
import { createCluster } from "../kafkajs/private.ts"
import { isStale } from "./outcome.ts"
import { retrying } from "./retry.ts"

interface InternalCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addTargetTopic(topic: string): Promise<void>
  findBroker(of: { readonly nodeId: number | string }): Promise<Broker>
  findTopicPartitionMetadata(topic: string): ReadonlyArray<{ readonly partitionId: number; readonly leader: number }>
  readonly brokerPool: { findConnectedBroker(): Promise<Broker> }
  readonly targetTopics: Set<string>
}

const OPTIONS = { metadataMaxAge: 300_000, allowAutoTopicCreation: false, isolationLevel: 1 }

export type CoordinatorType = "group" | "transaction"

/** One error for a topic that is not there, as the brokers' own. */
const unknownTopic = (topic: string, partition: number): Error =>
  Object.assign(new Error(`${topic}/${partition} does not exist`), {
    name: "KafkaJSProtocolError",
    type: "UNKNOWN_TOPIC_OR_PARTITION",
    code: 3,
  })

export class Cluster {
  readonly #kafka: Kafka
  readonly #budgetMs: number
  #inner: Promise<InternalCluster> | null = null
  #refreshing: Promise<void> | null = null
  readonly #coordinators = new Map<string, number>()
  readonly #topics = new Set<string>()
  #closed = false

  constructor(kafka: Kafka, budgetMs: number) {
    this.#kafka = kafka
    this.#budgetMs = budgetMs
  }

  /** @throws what `isUnknownTopic` is true for where the brokers say that there is no such partition */
  async leader(topic: string, partition: number): Promise<Broker> {
    const cluster = await this.#connected()
    // Not what kafkajs has among its topics: it is there before anything is known of it, and who came second would find nothing.
    if (!this.#topics.has(topic)) {
      await cluster.addTargetTopic(topic)
      this.#topics.add(topic)
    }
    const find = () => cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
    let found = find()
    if (found === undefined) {
      // A look-up of fewer topics that ended later takes the place of all that was known.
      cluster.targetTopics.add(topic)
      await cluster.refreshMetadata()
      found = find()
    }
    if (found === undefined) throw unknownTopic(topic, partition)
    return cluster.findBroker({ nodeId: found.leader })
  }

  async coordinator(type: CoordinatorType, id: string): Promise<Broker> {
    const cluster = await this.#connected()
    const name = `${type}/${id}`
    let nodeId = this.#coordinators.get(name)
    if (nodeId === undefined) {
      const any = await cluster.brokerPool.findConnectedBroker()
      const { coordinator } = await any.findGroupCoordinator({ groupId: id, coordinatorType: type === "group" ? 0 : 1 })
      nodeId = coordinator.nodeId
      this.#coordinators.set(name, nodeId)
    }
    return cluster.findBroker({ nodeId })
  }

  /** Any broker: for what every one of them may answer. */
  async any(): Promise<Broker> {
    return (await this.#connected()).brokerPool.findConnectedBroker()
  }

  /** Tries until the budget is over, looking at the cluster anew after each failure. @throws UnavailableError */
  retrying<T>(what: string, attempt: () => Promise<T>, budgetMs = this.#budgetMs): Promise<T> {
    return retrying(what, budgetMs, attempt, (cause) => this.refresh(cause))
  }

  /** After a failure: forgets coordinators and asks who leads. Never rejects; what is wrong shows at the next attempt. */
  async refresh(cause: unknown): Promise<void> {
    if (!isStale(cause) || this.#closed) return
    this.#coordinators.clear()
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null
    })
    await this.#refreshing
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#drop()
  }

  async #refresh(): Promise<void> {
    if (this.#inner === null) return
    try {
      await (await this.#inner).refreshMetadata()
    } catch {
      await this.#drop() // no broker that it knows answers: start anew from those of the settings
    }
  }

  async #drop(): Promise<void> {
    const inner = this.#inner
    this.#inner = null
    await (await inner?.catch(() => null))?.disconnect().catch(() => undefined)
  }

  #connected(): Promise<InternalCluster> {
    if (this.#closed) return Promise.reject(new Error("the log is closed"))
    if (this.#inner !== null) return this.#inner
    const inner = createCluster<InternalCluster>(this.#kafka, OPTIONS)
    const opening = (async () => {
      await inner.connect()
      for (const topic of this.#topics) inner.targetTopics.add(topic)
      if (inner.targetTopics.size > 0) await inner.refreshMetadata()
      return inner
    })()
    this.#inner = opening
    opening.catch(() => {
      if (this.#inner === opening) this.#inner = null
      inner.disconnect().catch(() => undefined)
    })
    return opening
  }
}
