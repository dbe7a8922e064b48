import { logSpec, planTopics, type TopicFacts } from "@assay/log-kafka/topics"
import { STREAMS, streamSpecs } from "@assay/streams"
import kafkajs from "kafkajs"
import { expect, it } from "vitest"
import { findingsOf, refusedFinding } from "../../src/doctor/topics.ts"

/** A cluster that is as `assay topics plan` wants it, but for what is changed. */
const looked = (
  change: (topic: TopicFacts) => TopicFacts | null = (topic) => topic,
  { replication = 3, brokers = 3, hidden = [] as ReadonlyArray<string> } = {},
) => {
  const spec = logSpec({ prefix: "plant1.", partitions: 4, replication, streams: streamSpecs() })
  const topics = new Map(
    spec.topics.flatMap(({ name, partitions, configs }) => {
      const is = change({ name, partitions, replication, configs, overrides: configs })
      return is === null ? [] : [[name, is] as const]
    }),
  )
  const facts = { brokers, topics, hidden, others: [], log: { epoch: 1, genesis: 1, partitions: 4 } }
  return findingsOf({ facts, spec, plan: planTopics(facts, spec), acls: null, warnings: [] })
}

const set = (stream: string, key: string, value: string) => (topic: TopicFacts) =>
  topic.name === `plant1.${stream}` ? { ...topic, configs: { ...topic.configs, [key]: value } } : topic

it("a cluster as planned is well", () => {
  expect(looked()).toMatchObject([{ check: "topics", state: "ok" }])
})

it.each([
  ["chained.state.v1", "cleanup.policy", "delete"],
  [STREAMS.audit, "cleanup.policy", "compact"],
  [STREAMS.audit, "retention.ms", "604800000"],
  [STREAMS.checkpoints, "retention.ms", "1"],
  [STREAMS.submitted, "min.insync.replicas", "1"],
  [STREAMS.submitted, "message.timestamp.type", "CreateTime"],
  [STREAMS.verified, "unclean.leader.election.enable", "true"],
])("%s with %s=%s is wrong", (stream, key, value) => {
  expect(looked(set(stream, key, value))).toMatchObject([
    { check: "topics", state: "fail", found: expect.stringContaining(`plant1.${stream}: ${key} is ${value}, not`) },
  ])
})

it("how long outputs are kept may be as somebody wants it: a warning", () => {
  expect(looked(set(STREAMS.verified, "retention.ms", "60000"))).toMatchObject([
    { check: "topics", state: "warn", cure: expect.stringContaining("--retention") },
  ])
})

it("a topic that is missing, one with other partitions, one that may not be seen", () => {
  const audit = `plant1.${STREAMS.audit}`
  const without = looked((topic) => (topic.name === audit ? null : topic))
  expect(without).toMatchObject([{ state: "fail", found: `${audit} is missing` }])
  const more = looked((topic) => (topic.name === audit ? { ...topic, partitions: 5 } : topic))
  expect(more).toMatchObject([{ state: "fail", found: `${audit}: 5 partitions, not 4` }])
  const hidden = looked((topic) => (topic.name === audit ? null : topic), { hidden: [audit] })
  expect(hidden).toMatchObject([{ state: "warn", found: `this principal may not see ${audit}` }])
})

it("fewer replicas than brokers could hold", () => {
  expect(looked((topic) => topic, { replication: 1 })).toMatchObject([{ check: "replicas", state: "warn" }])
  expect(looked((topic) => topic, { replication: 1, brokers: 1 })).toMatchObject([{ state: "ok" }])
})

it("settings that a principal may not see", () => {
  const refused = new kafkajs.KafkaJSProtocolError({
    name: "KafkaJSProtocolError",
    message: "no",
    type: "TOPIC_AUTHORIZATION_FAILED",
    code: 29,
  } as never)
  expect(refusedFinding(refused)).toMatchObject({ check: "topics", state: "warn" })
  expect(refusedFinding(new Error("away"))).toBeNull()
})
