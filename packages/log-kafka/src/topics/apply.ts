/** Carries out a plan: makes what is missing, and alters settings only where asked to, one topic after the other. */
import { setTimeout as delay } from "node:timers/promises"
import { type Cluster, fetchMetadata } from "@assay/kafka-client"
import { LogSetupError, UnavailableError } from "@assay/log"
import kafkajs, { type Admin } from "kafkajs"
import type { ClusterFacts, Drift } from "./plan.ts"
import type { LogSpec, TopicSpec } from "./spec.ts"

const { ConfigResourceTypes } = kafkajs
const CREATE_MS = 30_000
const POLL_MS = 50

interface CreateFailure extends Error {
  readonly topic: string
  readonly type: string
}

/**
 * Creates topics, and waits until the brokers serve them; those that somebody else creates at the same moment count as made.
 * @returns the names that this call made
 * @throws LogSetupError where the brokers refuse one, UnavailableError, or what kafkajs throws
 */
export const createTopics = async (
  admin: Pick<Admin, "createTopics">,
  cluster: Pick<Cluster, "any" | "retrying">,
  topics: ReadonlyArray<TopicSpec>,
): Promise<ReadonlyArray<string>> => {
  if (topics.length === 0) return []
  const made = await create(admin, topics)
  const names = topics.map(({ name }) => name)
  const until = performance.now() + CREATE_MS
  // kafkajs's own waiting gives up where a broker has not heard of a new topic yet.
  for (;;) {
    const there = (await fetchMetadata(cluster, names)).topics
    const missing = names.filter((name) => there.get(name)?.led !== true)
    if (missing.length === 0) return made
    if (performance.now() > until)
      throw new UnavailableError(
        `created, but not served by any broker after ${CREATE_MS / 1000} s: ${missing.join(", ")}`,
      )
    await delay(POLL_MS)
  }
}

const create = async (
  admin: Pick<Admin, "createTopics">,
  topics: ReadonlyArray<TopicSpec>,
): Promise<ReadonlyArray<string>> => {
  const names = topics.map(({ name }) => name)
  try {
    const made = await admin.createTopics({
      timeout: CREATE_MS,
      waitForLeaders: false,
      topics: topics.map(({ name, partitions, replication, configs }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: replication,
        configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })),
    })
    return made ? names : []
  } catch (cause) {
    const failures = (cause as { errors?: ReadonlyArray<CreateFailure> }).errors
    if (failures === undefined) throw cause
    const refused = failures.filter(({ type }) => type !== "TOPIC_ALREADY_EXISTS")
    if (refused.length > 0) throw refusalOf(refused, cause)
    const theirs = new Set(failures.map(({ topic }) => topic))
    return names.filter((name) => !theirs.has(name))
  }
}

/** One sentence for each reason, since it is mostly one for all. */
const refusalOf = (refused: ReadonlyArray<CreateFailure>, cause: unknown): LogSetupError => {
  const byReason = new Map<string, Array<string>>()
  for (const { topic, type, message } of refused) {
    const reason = `${message} (${type})`
    byReason.set(reason, [...(byReason.get(reason) ?? []), topic])
  }
  const said = [...byReason].map(([reason, [first, ...others]]) => {
    const which = others.length === 0 ? first : `${first} and ${others.length} more`
    return `${which}: ${reason}`
  })
  return new LogSetupError(`the brokers refused to create ${said.join("; ")}`, { cause })
}

export type ConfigDrift = Extract<Drift, { what: "config" }>

/**
 * Sets the drifted settings of one topic to the specification. The request of kafkajs replaces ALL that is set on the
 * topic, so what was read goes with it. Known hole: what somebody else sets between that reading and this is lost; the
 * protocol that kafkajs speaks has nothing better.
 * @throws what kafkajs throws
 */
export const alterConfigs = async (
  admin: Pick<Admin, "alterConfigs">,
  facts: ClusterFacts,
  spec: LogSpec,
  topic: string,
): Promise<void> => {
  const should = spec.topics.find(({ name }) => name === topic)!
  const configs = { ...facts.topics.get(topic)!.overrides, ...should.configs }
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  })
}
