/** What a cluster holds of the log, read through the admin client of kafkajs. */
import { type Cluster, fetchMetadata, type Metadata } from "@assay/kafka-client"
import kafkajs, { type Admin } from "kafkajs"
import type { LogMeta } from "../log/meta.ts"
import { withOwn } from "../log/own-streams.ts"
import type { ClusterFacts, TopicFacts } from "./plan.ts"
import type { LogSpec } from "./spec.ts"

const { ConfigResourceTypes, ConfigSource } = kafkajs

/** Topics of an earlier or later Assay under our prefix are others too; those of the brokers (`__...`) never are. */
const othersIn = (metadata: Metadata, prefix: string, ours: ReadonlySet<string>): ReadonlyArray<string> =>
  prefix === "" ? [] : [...metadata.topics.keys()].filter((name) => name.startsWith(prefix) && !ours.has(name)).sort()

/** @throws what kafkajs throws */
export const describeTopics = async (
  admin: Pick<Admin, "describeConfigs">,
  metadata: Metadata,
  names: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, TopicFacts>> => {
  const present = names.filter((name) => metadata.topics.has(name))
  if (present.length === 0) return new Map()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => {
      const configs: Record<string, string> = {}
      const overrides: Record<string, string> = {}
      for (const { configName, configValue, configSource } of configEntries as ReadonlyArray<
        (typeof configEntries)[number] & { readonly configSource: number }
      >) {
        configs[configName] = configValue ?? ""
        if (configSource === ConfigSource.TOPIC_CONFIG) overrides[configName] = configValue ?? ""
      }
      const { name, partitions, replication } = metadata.topics.get(resourceName)!
      return [resourceName, { name, partitions, replication, configs, overrides }]
    }),
  )
}

/** The part of the facts that a specification is made from: how many brokers, and what a log that is there already has. */
export interface ClusterView {
  readonly metadata: Metadata
  /** Of the first topic of ours that there is; null where there is none. */
  readonly partitions: number | null
}

/**
 * Looks at the cluster before there is a specification.
 * @param streams of the log; those that the engine keeps for itself are added
 * @throws UnavailableError, or what kafkajs throws
 */
export const viewCluster = async (
  cluster: Cluster,
  prefix: string,
  streams: ReadonlyArray<string>,
): Promise<ClusterView> => {
  const names = withOwn(streams).map((stream) => prefix + stream)
  const [asked, all] = await Promise.all([fetchMetadata(cluster, names), fetchMetadata(cluster, null)])
  const metadata: Metadata = {
    brokers: asked.brokers,
    topics: new Map([...all.topics, ...asked.topics]),
    hidden: asked.hidden,
  }
  const first = names.find((name) => asked.topics.has(name))
  return { metadata, partitions: first === undefined ? null : asked.topics.get(first)!.partitions }
}

/** @throws what kafkajs throws */
export const gatherFacts = async (
  admin: Pick<Admin, "describeConfigs">,
  { metadata }: ClusterView,
  spec: LogSpec,
  log: LogMeta | null,
): Promise<ClusterFacts> => {
  const names = spec.topics.map(({ name }) => name)
  return {
    brokers: metadata.brokers,
    topics: await describeTopics(admin, metadata, names),
    hidden: metadata.hidden,
    others: othersIn(metadata, spec.prefix, new Set(names)),
    log,
  }
}
