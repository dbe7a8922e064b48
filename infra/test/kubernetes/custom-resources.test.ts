/** The definitions of custom resources refuse what an operator could do nothing with, and fields that they do not have. */
import { describe, expect, it } from "vitest"
import { isCustom, refusedOf } from "./custom-resources.ts"

const scaled = {
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name: "one", labels: { app: "assay" } },
  spec: {
    scaleTargetRef: { name: "one" },
    minReplicaCount: 1,
    maxReplicaCount: 3,
    triggers: [{ type: "kafka", metadata: { topic: "any", lagThreshold: "100" } }],
  },
}
const rule = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: { name: "one" },
  spec: { groups: [{ name: "a", interval: "30s", rules: [{ alert: "Any", expr: "up == 0", for: "5m" }] }] },
}
const monitor = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PodMonitor",
  metadata: { name: "one" },
  spec: { selector: { matchLabels: { app: "assay" } }, podMetricsEndpoints: [{ port: "http", interval: "15s" }] },
}
const topic = {
  apiVersion: "kafka.strimzi.io/v1",
  kind: "KafkaTopic",
  metadata: { name: "one" },
  spec: { topicName: "One", partitions: 12, replicas: 3, config: { "retention.ms": "1000" } },
}
const acls = [
  { type: "allow", host: "*", resource: { type: "topic", name: "a", patternType: "prefix" }, operations: ["Read"] },
]
const user = {
  apiVersion: "kafka.strimzi.io/v1",
  kind: "KafkaUser",
  metadata: { name: "one" },
  spec: { authentication: { type: "scram-sha-512" }, authorization: { type: "simple", acls } },
}

const pool = {
  apiVersion: "kafka.strimzi.io/v1",
  kind: "KafkaNodePool",
  metadata: { name: "one" },
  spec: {
    replicas: 3,
    roles: ["broker"],
    storage: { type: "jbod", volumes: [{ id: 0, type: "persistent-claim", size: "1Gi", kraftMetadata: "shared" }] },
    resources: { requests: { memory: "1Gi" } },
  },
}
const kafka = {
  apiVersion: "kafka.strimzi.io/v1",
  kind: "Kafka",
  metadata: { name: "one" },
  spec: {
    kafka: {
      listeners: [{ name: "tls", port: 9093, type: "internal", tls: true, authentication: { type: "scram-sha-512" } }],
      authorization: { type: "simple" },
      rack: { topologyKey: "topology.kubernetes.io/zone" },
      metricsConfig: { type: "strimziMetricsReporter" },
      config: { "min.insync.replicas": 2, "auto.create.topics.enable": false },
    },
    entityOperator: { topicOperator: {}, userOperator: {} },
  },
}

/** The same with another value at a path, or without it. */
const changed = (resource: object, path: string, value?: unknown): never => {
  const copy = structuredClone(resource)
  const names = path.split("/")
  const last = names.pop()!
  const at = names.reduce((one, name) => one[name] as Record<string, unknown>, copy as Record<string, unknown>)
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy as never
}

it.each([scaled, rule, monitor, topic, user, pool, kafka])("takes a right $kind", (resource) => {
  expect(isCustom(resource)).toBe(true)
  expect(refusedOf(resource)).toEqual([])
})

it.each([
  ["a field that is misspelt", scaled, "spec/pollInterval", 15, "/spec has no field pollInterval"],
  ["one in a list", scaled, "spec/triggers/0/metaData", {}, "/spec/triggers/0 has no field metaData"],
  ["one beside the spec", scaled, "specs", {}, " has no field specs"],
  ["one of the metadata", scaled, "metadata/label", {}, "/metadata has no field label"],
  ["a status", scaled, "status", {}, " has no field status"],
  ["a field that is missing", scaled, "spec/triggers", undefined, "/spec must have required property 'triggers'"],
  ["a name that no resource can have", scaled, "metadata/name", "One", "/metadata/name must match pattern"],
  [
    "a number where a text belongs",
    scaled,
    "spec/triggers/0/metadata/lagThreshold",
    100,
    "lagThreshold must be string",
  ],
  ["more at least than at most", scaled, "spec/minReplicaCount", 4, "must be less than or equal to maxReplicaCount"],
  [
    "more than the 100 that are meant",
    scaled,
    "spec",
    { ...scaled.spec, maxReplicaCount: undefined, minReplicaCount: 101 },
    "must follow: minReplicaCount",
  ],
  ["a time without a unit", rule, "spec/groups/0/rules/0/for", "5", "/spec/groups/0/rules/0/for must match pattern"],
  [
    "two groups of one name",
    rule,
    "spec/groups",
    [rule.spec.groups[0], rule.spec.groups[0]],
    "/spec/groups has an item twice",
  ],
  ["a word of no meaning", monitor, "spec/podMetricsEndpoints/0/scheme", "ftp", "scheme must be equal to one of"],
  ["no partition", topic, "spec/partitions", 0, "/spec/partitions must be >= 1"],
  ["more replicas than Kafka counts", topic, "spec/replicas", 40_000, "/spec/replicas must be <= 32767"],
  [
    "an operation that is none",
    user,
    "spec/authorization/acls/0/operations",
    ["Reed"],
    "operations/0 must be equal to one of",
  ],
  ["a resource of no kind", user, "spec/authorization/acls/0/resource/type", "topics", "resource/type must be equal"],
  ["a pool without a role", pool, "spec/roles", undefined, "/spec must have required property 'roles'"],
  ["a role that is none", pool, "spec/roles", ["zookeeper"], "/spec/roles/0 must be equal to one of"],
  ["a pool without disks", pool, "spec/storage", undefined, "/spec must have required property 'storage'"],
  ["a disk of no kind", pool, "spec/storage/volumes/0/type", "nfs", "volumes/0/type must be equal to one of"],
  ["brokers' replicas beside the pools", kafka, "spec/kafka/replicas", 3, "/spec/kafka has no field replicas"],
  ["no listener", kafka, "spec/kafka/listeners", [], "/spec/kafka/listeners must NOT have fewer than 1 items"],
  [
    "a listener's authentication of no kind",
    kafka,
    "spec/kafka/listeners/0/authentication/type",
    "basic",
    "type must be",
  ],
  ["a rack without its label", kafka, "spec/kafka/rack", {}, "/spec/kafka/rack must follow"],
  [
    "metrics of JMX without their rules",
    kafka,
    "spec/kafka/metricsConfig/type",
    "jmxPrometheusExporter",
    "must follow",
  ],
  ["another's field", user, "spec/authentication/renewalDays", 3, "must follow: 'validityDays' and 'renewalDays'"],
] as const)("refuses %s", (_what, resource, path, value, says) => {
  expect(refusedOf(changed(resource, path, value)).join("\n")).toContain(says)
})

describe("another kind", () => {
  it.each([
    ["keda.sh/v1", "ScaledObject"],
    ["v1", "Service"],
  ])("%s %s is not held against a definition here", (apiVersion, kind) => {
    expect(isCustom({ apiVersion, kind })).toBe(false)
  })
})
