import { type Retention, STAGE_STREAMS, STREAMS, streamSpecs } from "@assay/streams"
import { describe, expect, it } from "vitest"
import { CELLS } from "../../src/log/own-streams.ts"
import { type ClusterFacts, isDone, planTopics, type TopicFacts } from "../../src/topics/plan.ts"
import { type LogSpec, logSpec } from "../../src/topics/spec.ts"

const OPTIONS = { prefix: "plant1.", partitions: 4, replication: 3, streams: streamSpecs() }
const spec = logSpec(OPTIONS)
const topicStreams = spec.topics.map(({ stream }) => stream)
const configOf = (stream: string, of: LogSpec = spec) => of.topics.find((topic) => topic.stream === stream)!.configs

/** A cluster that is as specified, but for what `change` does to a topic; null removes it. */
const factsWith = (
  change: (topic: TopicFacts) => TopicFacts | null,
  more: Partial<ClusterFacts> = {},
): ClusterFacts => ({
  brokers: 3,
  topics: new Map(
    spec.topics.flatMap(({ name, partitions, replication, configs }) => {
      const changed = change({ name, partitions, replication, configs, overrides: configs })
      return changed === null ? [] : [[name, changed]]
    }),
  ),
  hidden: [],
  others: [],
  log: { epoch: 1, genesis: 1, partitions: 4 },
  ...more,
})
const same = (topic: TopicFacts): TopicFacts => topic
const audit = "plant1.audit.events.v1"

describe("the specification of the topics", () => {
  it("has every stream of the log once, with the prefix", () => {
    const streams = [
      ...Object.values(STREAMS),
      CELLS,
      ...Object.values(STAGE_STREAMS).map(({ input }) => input),
      "chained.state.v1",
      "identity-resolver.state.v1",
      "anomaly-quarantine.state.v1",
    ]
    for (const stream of streams) expect(topicStreams.filter((one) => one === stream)).toHaveLength(1)
    expect(topicStreams).toHaveLength(30)
    expect(spec.topics.every(({ name, stream }) => name === `plant1.${stream}`)).toBe(true)
  })

  it("keeps the evidence for ever, whatever retention is asked for", () => {
    const retention: Retention = { submitted: 1, stages: 1, outputs: 1, rejected: 1 }
    const short = logSpec({ ...OPTIONS, streams: streamSpecs(retention) })
    for (const stream of [STREAMS.audit, STREAMS.checkpoints, STREAMS.knowledge]) {
      expect(configOf(stream, short)).toMatchObject({
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false",
      })
    }
  })

  it("stamps the append time on every topic, and gives all the same partitions", () => {
    for (const topic of spec.topics) {
      expect(topic.configs["message.timestamp.type"]).toBe("LogAppendTime")
      expect(topic).toMatchObject({ partitions: 4, replication: 3 })
    }
  })

  it("compacts tables, and nothing else", () => {
    const compacted = spec.topics.filter(({ configs }) => configs["cleanup.policy"] !== "delete")
    expect(compacted.map(({ stream }) => stream).sort()).toEqual(
      [CELLS, ...topicStreams.filter((stream) => stream.endsWith(".state.v1"))].sort(),
    )
    for (const { configs } of compacted) expect(configs["retention.ms"]).toBeUndefined()
  })

  it("asks for one replica in sync where there are fewer than three", () => {
    for (const [replication, inSync] of [
      [1, "1"],
      [2, "1"],
      [3, "2"],
      [5, "2"],
    ] as const)
      expect(configOf(STREAMS.audit, logSpec({ ...OPTIONS, replication }))["min.insync.replicas"]).toBe(inSync)
  })

  it("takes batches of what is written: a body of knowledge whole, and whatever lay on submitted", () => {
    const maxBatchBytes = (stream: string): number => Number(configOf(stream)["max.message.bytes"])
    expect(maxBatchBytes(CELLS)).toBeGreaterThan(16 << 20)
    expect(maxBatchBytes(STREAMS.deadletter)).toBeGreaterThan(maxBatchBytes(STREAMS.submitted) + (4 << 20))
  })

  it("refuses numbers that make no sense", () => {
    expect(() => logSpec({ ...OPTIONS, partitions: 0 })).toThrow(/partitions/)
    expect(() => logSpec({ ...OPTIONS, replication: 1.5 })).toThrow(/replication/)
  })
})

describe("a plan", () => {
  it("is nothing where the cluster is as specified", () => {
    const plan = planTopics(factsWith(same), spec)
    expect(isDone(plan)).toBe(true)
    expect(plan).toMatchObject({ create: [], drift: [], begin: false, otherEpoch: null })
  })

  it("creates what is missing, but not what may be there unseen", () => {
    const hidden = "plant1.telemetry.verified.v1"
    const facts = factsWith((topic) => ([audit, hidden].includes(topic.name) ? null : topic), { hidden: [hidden] })
    const plan = planTopics(facts, spec)
    expect(plan.create.map(({ name }) => name)).toEqual([audit])
    expect(plan.hidden).toEqual([hidden])
    expect(isDone({ ...plan, create: [] })).toBe(false)
  })

  it("begins a log that has not begun", () => {
    const plan = planTopics(factsWith(same, { log: null }), spec)
    expect(plan.begin).toBe(true)
    expect(isDone(plan)).toBe(false)
  })

  it("names each setting, replication and partition count that differs", () => {
    const facts = factsWith((topic) =>
      topic.name === audit
        ? { ...topic, partitions: 6, replication: 1, configs: { ...topic.configs, "retention.ms": "1000" } }
        : topic,
    )
    expect(planTopics(facts, spec).drift).toEqual([
      { what: "partitions", topic: audit, is: 6, should: 4 },
      { what: "replication", topic: audit, is: 1, should: 3 },
      { what: "config", topic: audit, key: "retention.ms", is: "1000", should: "-1" },
    ])
  })

  it("knows the brokers' other ways to write the same", () => {
    const state = "plant1.chained.state.v1"
    const written = (value: string) =>
      factsWith((topic) =>
        topic.name === state ? { ...topic, configs: { ...topic.configs, "min.cleanable.dirty.ratio": value } } : topic,
      )
    expect(planTopics(written("0.30"), spec).drift).toEqual([])
    expect(planTopics(written("0.31"), spec).drift).toHaveLength(1)
    expect(planTopics(written(""), spec).drift).toHaveLength(1)
  })

  it("says that another partition count is another epoch", () => {
    const plan = planTopics(factsWith(same), logSpec({ ...OPTIONS, partitions: 8 }))
    expect(plan.otherEpoch).toEqual({ is: 4, should: 8 })
    expect(isDone(plan)).toBe(false)
  })

  it("says that a log has another epoch than the one asked for", () => {
    const plan = planTopics(factsWith(same), logSpec({ ...OPTIONS, epoch: 2 }))
    expect(plan.otherNumber).toEqual({ is: 1, should: 2 })
    expect(isDone(plan)).toBe(false)
    expect(planTopics(factsWith(same, { log: null }), logSpec({ ...OPTIONS, epoch: 2 })).otherNumber).toBeNull()
    expect(() => logSpec({ ...OPTIONS, epoch: 0 })).toThrow("epoch must be a whole number")
  })

  it("shows what nobody specified, and leaves it out of the verdict", () => {
    const facts = factsWith(
      (topic) => (topic.name === audit ? { ...topic, overrides: { ...topic.overrides, "flush.ms": "1" } } : topic),
      { others: ["plant1.old"] },
    )
    const plan = planTopics(facts, spec)
    expect(plan.unknown).toEqual({
      topics: ["plant1.old"],
      settings: [{ topic: audit, key: "flush.ms", value: "1" }],
    })
    expect(isDone(plan)).toBe(true)
  })
})
