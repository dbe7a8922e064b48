/** A log on a cluster, as it is and as it shall be: read for `assay topics`, changed by `apply`. */
import { setTimeout as delay } from "node:timers/promises"
import { type Acl, aclKey, Cluster, createAcls, kafkaClient, reachBrokers, readAcls } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { CELLS, type LogUse } from "@assay/log-kafka"
import {
  type AclPlan,
  type Assignment,
  aclsFor,
  alterConfigs,
  beginLog,
  type ClusterFacts,
  type ConfigDrift,
  createTopics,
  gatherFacts,
  type LogSpec,
  logSpec,
  planAcls,
  planTopics,
  readLog,
  type TopicPlan,
  viewCluster,
} from "@assay/log-kafka/topics"
import { ALL_STREAMS, type Retention, ROLES, streamSpecs } from "@assay/streams"
import type { Admin, Kafka } from "kafkajs"

/** What was asked for; null where the cluster or the log itself shall tell. */
export interface Wanted {
  /** Left out: as null. */
  readonly epoch?: number | null
  /** When the log began, where it goes on from another, milliseconds since 1970; left out: now. */
  readonly genesis?: number
  readonly partitions: number | null
  readonly replication: number | null
  readonly retention: Partial<Retention>
  readonly principals: ReadonlyArray<Assignment>
}

export interface State {
  readonly facts: ClusterFacts
  readonly spec: LogSpec
  readonly plan: TopicPlan
  /** Null where nobody was named. */
  readonly acls: AclPlan | null
  readonly warnings: ReadonlyArray<string>
}

export interface Applied {
  readonly created: ReadonlyArray<string>
  readonly altered: ReadonlyArray<ConfigDrift>
  readonly begun: boolean
  readonly acls: ReadonlyArray<Acl>
}

/** Of a new log, where nobody says otherwise. */
export const PARTITIONS = 4
/** Brokers learn of a change one after the other; what was just made may be missing from the next answer. */
const SETTLE_MS = 10_000

const warningsFor = (brokers: number, replication: number, asked: boolean): ReadonlyArray<string> => {
  const warnings: Array<string> = []
  if (!asked && replication === 1)
    warnings.push(
      `the cluster has ${brokers} broker${brokers === 1 ? "" : "s"}: each partition gets one replica, and is lost with its disk; --replication sets another number`,
    )
  if (replication === 2)
    warnings.push(
      "with 2 replicas min.insync.replicas is 1: a write may be on one disk only when a broker is away; use 3",
    )
  if (replication > brokers) warnings.push(`${replication} replicas need as many brokers; ${brokers} answer now`)
  return warnings
}

export class TopicsState {
  readonly #settings: KafkaSettings
  readonly #wanted: Wanted
  readonly #kafka: Kafka
  readonly #cluster: Cluster
  readonly #admin: Admin

  private constructor(settings: KafkaSettings, wanted: Wanted) {
    this.#settings = settings
    this.#wanted = wanted
    this.#kafka = kafkaClient(settings)
    this.#cluster = new Cluster(this.#kafka, settings.retryMs)
    this.#admin = this.#kafka.admin()
  }

  /** @throws LogSetupError where the brokers cannot be reached */
  static async open(settings: KafkaSettings, wanted: Wanted): Promise<TopicsState> {
    await reachBrokers(settings, settings.prefix + CELLS)
    const opened = new TopicsState(settings, wanted)
    await opened.#admin.connect()
    return opened
  }

  async close(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#cluster.close()])
  }

  async read(): Promise<State> {
    const { prefix } = this.#settings
    const { epoch, partitions, replication, retention, principals } = this.#wanted
    const around = await viewCluster(this.#cluster, prefix, ALL_STREAMS)
    const hasCells = around.metadata.topics.has(prefix + CELLS)
    const log = hasCells ? await readLog(this.#kafka, this.#settings) : null
    const { brokers } = around.metadata
    const use: LogUse = { streams: streamSpecs(retention), roles: ROLES }
    const spec = logSpec({
      prefix,
      epoch: epoch ?? log?.epoch ?? 1,
      partitions: partitions ?? log?.partitions ?? around.partitions ?? PARTITIONS,
      replication: replication ?? (brokers >= 3 ? 3 : 1),
      streams: use.streams,
    })
    const facts = await gatherFacts(this.#admin, around, spec, log)
    const should = aclsFor(use, principals, prefix)
    return {
      facts,
      spec,
      plan: planTopics(facts, spec),
      acls: principals.length === 0 ? null : planAcls(use, await readAcls(this.#admin), should, prefix),
      warnings: warningsFor(brokers, spec.replication, replication !== null),
    }
  }

  /** Does what `before` says is missing; alters settings and makes ACLs only where asked to. */
  async apply(
    before: State,
    also: { readonly configs: boolean; readonly acls: boolean },
  ): Promise<{ readonly applied: Applied; readonly after: State }> {
    const { plan, spec, facts } = before
    const created = await createTopics(this.#admin, this.#cluster, plan.create)
    const altered = also.configs ? plan.drift.filter((drift): drift is ConfigDrift => drift.what === "config") : []
    for (const topic of new Set(altered.map((drift) => drift.topic)))
      await alterConfigs(this.#admin, facts, spec, topic)
    const begun = mayBegin(plan) ? await this.#begin(spec) : false
    const acls = also.acls ? (before.acls?.create ?? []) : []
    await createAcls(this.#admin, acls)
    const applied: Applied = { created, altered, begun, acls }
    return { applied, after: await this.#settled(before, applied) }
  }

  async #begin({ epoch, partitions }: LogSpec): Promise<boolean> {
    const { begun } = await beginLog(this.#kafka, this.#settings, {
      epoch,
      genesis: this.#wanted.genesis ?? Date.now(),
      partitions,
    })
    return begun
  }

  /** Reads until what was done shows, or the time is over: then the state says what does not. */
  async #settled(before: State, applied: Applied): Promise<State> {
    const until = performance.now() + SETTLE_MS
    for (;;) {
      const after = await this.read()
      if (shows(after, before, applied) || performance.now() > until) return after
      await delay(100)
    }
  }
}

/** A log begins with all its topics alike: what is wrong then would be wrong for its whole epoch. */
const mayBegin = (plan: TopicPlan): boolean =>
  plan.begin && plan.hidden.length === 0 && plan.drift.every(({ what }) => what !== "partitions")

const shows = (after: State, before: State, applied: Applied): boolean => {
  const made = new Set(before.plan.create.map(({ name }) => name))
  const set = new Set(applied.altered.map(({ topic, key }) => `${topic} ${key}`))
  const acls = new Set(applied.acls.map(aclKey))
  return (
    // A transaction is decided a moment before its records can be read.
    !(mayBegin(before.plan) && after.plan.begin) &&
    !after.plan.create.some(({ name }) => made.has(name)) &&
    !after.plan.drift.some((drift) => drift.what === "config" && set.has(`${drift.topic} ${drift.key}`)) &&
    !after.acls?.create.some((acl) => acls.has(aclKey(acl)))
  )
}
