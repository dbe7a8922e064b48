/** Carries out a plan: makes what is missing, and alters settings only where asked to, one topic after the other. */
import kafkajs, { type Admin } from "kafkajs"
import { LogSetupError } from "../../errors.ts"
import type { ClusterFacts, Drift } from "./plan.ts"
import type { LogSpec, TopicSpec } from "./spec.ts"

const { ConfigResourceTypes } = kafkajs
const CREATE_MS = 30_000

interface CreateFailure extends Error {
  readonly topic: string
  readonly type: string
}

/**
 * Creates topics; those that somebody else creates at the same moment count as made.
 * @returns the names that this call made
 * @throws LogSetupError where the brokers refuse one, or what kafkajs throws
 */
export const createTopics = async (
  admin: Pick<Admin, "createTopics">,
  topics: ReadonlyArray<TopicSpec>,
): Promise<ReadonlyArray<string>> => {
  if (topics.length === 0) return []
  const names = topics.map(({ name }) => name)
  try {
    const made = await admin.createTopics({
      timeout: CREATE_MS,
      waitForLeaders: true,
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
    if (refused.length > 0)
      throw new LogSetupError(
        `the brokers refused to create ${refused.map(({ topic, type, message }) => `${topic} (${type}: ${message})`).join(", ")}`,
        { cause },
      )
    const theirs = new Set(failures.map(({ topic }) => topic))
    return names.filter((name) => !theirs.has(name))
  }
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
