/**
 * One connection to the coordinator of a group, over the internals of kafkajs 2.2.4, without retries of its own: the member
 * decides what comes next. A connection answers one request after the other, and a join may take as long as a rebalance,
 * so this one is shared with nobody.
 */
import type { Kafka } from "kafkajs"
import { createCluster, requests } from "../kafkajs/private.ts"
import { type GroupMember, PROTOCOL } from "./subscription.ts"

export interface Joined {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  /** Empty for all but the leader. */
  readonly members: ReadonlyArray<GroupMember>
}

export interface JoinRequest {
  readonly memberId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly subscription: Buffer
}

interface Broker {
  readonly connectionPool: {
    readonly host: string
    readonly port: number
    readonly pool: ReadonlyArray<{
      readonly socket?: { destroy(): void }
      rejectRequests(error: Error): void
      disconnect(): Promise<unknown>
    }>
    send(request: unknown): Promise<unknown>
  }
  lookupRequest(apiKey: number, versions: unknown): (body: object) => unknown
  connect(): Promise<void>
  findGroupCoordinator(of: {
    readonly groupId: string
    readonly coordinatorType: number
  }): Promise<{ readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number } }>
  syncGroup(body: object): Promise<{ readonly memberAssignment: Buffer }>
  heartbeat(body: object): Promise<unknown>
  leaveGroup(body: object): Promise<unknown>
}

interface Cluster {
  connect(): Promise<void>
  readonly connectionPoolBuilder: { build(at: { host: string; port: number }): Promise<unknown> }
  readonly brokerPool: {
    retrier: unknown
    readonly rootLogger: unknown
    readonly versions: unknown
    readonly seedBroker?: Broker
    createBroker(options: object): Broker
  }
}

const JOIN_GROUP = 11
const GROUP = 0

/** In the place of the retries of kafkajs: each broker of the settings once, at once. */
const eachOnce =
  (attempts: number) =>
  async <T>(attempt: (bail: (error: unknown) => never, count: number, wait: number) => Promise<T>): Promise<T> => {
    let bailed = false
    const bail = (error: unknown): never => {
      bailed = true
      throw error
    }
    for (let count = 0; ; count++) {
      try {
        return await attempt(bail, count, 0)
      } catch (error) {
        if (bailed || count + 1 >= attempts || (error as { retriable?: boolean }).retriable === false) throw error
      }
    }
  }

/** Ends connections at once, whatever they wait for. */
const destroy = (broker: Broker | undefined): void => {
  for (const connection of broker?.connectionPool.pool ?? []) {
    connection.rejectRequests(new Error("the connection to the coordinator was closed"))
    void connection.disconnect()
    connection.socket?.destroy()
  }
}

export class Coordinator {
  readonly #group: string
  readonly #cluster: Cluster
  #broker: Broker | null = null
  #closed = false
  /** The broker that coordinates the group; -1 before `connect`. */
  nodeId = -1

  /** @param brokers how many the settings name */
  constructor(kafka: Kafka, group: string, brokers: number) {
    this.#group = group
    this.#cluster = createCluster<Cluster>(kafka, { allowAutoTopicCreation: false })
    this.#cluster.brokerPool.retrier = eachOnce(brokers)
  }

  /** Once, before anything else. It finds the coordinator by any broker; no topic is asked for, so no right to one is needed. */
  async connect(): Promise<void> {
    const { brokerPool: pool } = this.#cluster
    try {
      await this.#cluster.connect()
      const seed = pool.seedBroker!
      const { coordinator } = await seed.findGroupCoordinator({ groupId: this.#group, coordinatorType: GROUP })
      const { host, port, nodeId } = coordinator
      this.nodeId = nodeId
      if (host === seed.connectionPool.host && port === seed.connectionPool.port) {
        this.#broker = seed
      } else {
        const connectionPool = await this.#cluster.connectionPoolBuilder.build({ host, port })
        const { rootLogger: logger, versions } = pool
        this.#broker = pool.createBroker({ connectionPool, logger, versions, nodeId })
        await this.#broker.connect()
        destroy(seed)
      }
    } finally {
      // Closed in the meantime: what has been opened since must not stay.
      if (this.#closed) this.close()
    }
  }

  /**
   * Resolves when the group has agreed on its members, which may take as long as the rebalance timeout. A new member asks
   * twice: the first answer is only its name.
   * @param onNamed called with the name before the group counts on the member: from then on the group must hear when it leaves
   */
  async join(request: JoinRequest, onNamed: (memberId: string) => void): Promise<Joined> {
    const ask = (memberId: string): Promise<Joined> => {
      const body = {
        groupId: this.#group,
        memberId,
        sessionTimeout: request.sessionTimeoutMs,
        rebalanceTimeout: request.rebalanceTimeoutMs,
        protocolType: "consumer",
        groupProtocols: [{ name: PROTOCOL, metadata: request.subscription }],
      }
      const { connectionPool } = this.#connected
      return connectionPool.send(this.#connected.lookupRequest(JOIN_GROUP, requests.JoinGroup)(body)) as Promise<Joined>
    }
    try {
      return await ask(request.memberId)
    } catch (error) {
      if ((error as Error).name !== "KafkaJSMemberIdRequired") throw error
      const { memberId } = error as Error & { readonly memberId: string }
      onNamed(memberId)
      return ask(memberId)
    }
  }

  /** @param shares from the leader, empty from the others @returns this member's share, encoded */
  async sync(
    memberId: string,
    generationId: number,
    shares: ReadonlyArray<{ readonly memberId: string; readonly memberAssignment: Buffer }>,
  ): Promise<Buffer> {
    const body = { groupId: this.#group, generationId, memberId, groupAssignment: shares }
    return (await this.#connected.syncGroup(body)).memberAssignment
  }

  async heartbeat(memberId: string, groupGenerationId: number): Promise<void> {
    await this.#connected.heartbeat({ groupId: this.#group, groupGenerationId, memberId })
  }

  async leave(memberId: string): Promise<void> {
    await this.#connected.leaveGroup({ groupId: this.#group, memberId })
  }

  /** At once; what is under way rejects. */
  close(): void {
    this.#closed = true
    destroy(this.#cluster.brokerPool.seedBroker)
    if (this.#broker !== null && this.#broker !== this.#cluster.brokerPool.seedBroker) destroy(this.#broker)
  }

  get #connected(): Broker {
    if (this.#broker === null || this.#closed) throw new Error("the coordinator is not connected")
    return this.#broker
  }
}
