/**
 * The topics and users of a log as resources of Strimzi (kafka.strimzi.io/v1, Strimzi 0.49 and later), from the same
 * specification and the same roles as `assay topics apply`. Pure.
 */
import type { Acl } from "@assay/kafka-client"
import type { LogSpec, TopicSpec } from "@assay/log-kafka/topics"
import { UsageError } from "../command.ts"

export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: Readonly<Record<string, unknown>>
}

export const STRIMZI_API = "kafka.strimzi.io/v1"

/** Of what belongs to a cluster, by the name of its Kafka resource. */
export const strimziLabels = (cluster: string): Readonly<Record<string, string>> => ({
  "strimzi.io/cluster": cluster,
  "app.kubernetes.io/part-of": "assay",
})

/** `describe-configs` as Strimzi writes it: DescribeConfigs. */
const pascal = (word: string): string =>
  word
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("")

const RESOURCES = { topic: "topic", group: "group", cluster: "cluster", "transactional-id": "transactionalId" } as const

/** Names in Kubernetes are lower-case, begin and end with a letter or digit (RFC 1123); the topic keeps its own beside it. */
export const nameOf = (name: string): string => {
  const lower = name.toLowerCase().replaceAll("_", "-")
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(lower) || lower.length > 253)
    throw new UsageError(`${JSON.stringify(name)} cannot be the name of a resource: letters, digits, "-" and "." alone`)
  return lower
}

const topicOf = (topic: TopicSpec, labels: Readonly<Record<string, string>>): Resource => ({
  apiVersion: STRIMZI_API,
  kind: "KafkaTopic",
  metadata: { name: nameOf(topic.name), labels },
  spec: {
    topicName: topic.name,
    partitions: topic.partitions,
    replicas: topic.replication,
    config: topic.configs,
  },
})

/** One rule for all operations on one thing. */
const rulesOf = (acls: ReadonlyArray<Acl>): ReadonlyArray<unknown> => {
  const rules = new Map<string, { type: string; resource: object; operations: Array<string>; host: string }>()
  for (const { resource, pattern, name, permission, host, operation } of acls) {
    const key = [resource, pattern, name, permission, host].join("\0")
    const of =
      resource === "cluster"
        ? { type: RESOURCES.cluster }
        : {
            type: RESOURCES[resource as keyof typeof RESOURCES],
            name,
            patternType: pattern === "prefixed" ? "prefix" : "literal",
          }
    const rule = rules.get(key) ?? { type: permission, resource: of, operations: [], host }
    rule.operations.push(pascal(operation))
    rules.set(key, rule)
  }
  return [...rules.values()]
}

const USER = "User:"

const userOf = (principal: string, acls: ReadonlyArray<Acl>, labels: Readonly<Record<string, string>>): Resource => {
  if (!principal.startsWith(USER) || principal.startsWith(`${USER}CN=`))
    throw new UsageError(`Strimzi makes users with passwords: ${JSON.stringify(principal)} is no User:name`)
  const name = principal.slice(USER.length)
  if (nameOf(name) !== name)
    throw new UsageError(`a user of Strimzi has a lower-case name, not ${JSON.stringify(name)}`)
  return {
    apiVersion: STRIMZI_API,
    kind: "KafkaUser",
    metadata: { name, labels },
    spec: {
      authentication: { type: "scram-sha-512" },
      authorization: { type: "simple", acls: rulesOf(acls.filter((acl) => acl.principal === principal)) },
    },
  }
}

/**
 * KafkaTopics, then KafkaUsers.
 * @param cluster the name of the Kafka resource
 * @param acls of all users, as `aclsFor` gives them
 * @throws UsageError where a name cannot be one of Kubernetes
 */
export const strimziResources = (spec: LogSpec, acls: ReadonlyArray<Acl>, cluster: string): ReadonlyArray<Resource> => {
  const labels = strimziLabels(cluster)
  const principals = [...new Set(acls.map(({ principal }) => principal))]
  return [
    ...spec.topics.map((topic) => topicOf(topic, labels)),
    ...principals.map((principal) => userOf(principal, acls, labels)),
  ]
}
