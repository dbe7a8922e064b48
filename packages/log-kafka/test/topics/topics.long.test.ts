/** The topics of a log on a real broker. */
import { randomUUID } from "node:crypto"
import { Cluster, kafkaClient } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { LogSetupError } from "@assay/log"
import { ALL_STREAMS, ROLES, STREAMS, streamSpecs } from "@assay/streams"
import { describeKafka, testCluster } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import type { Admin, Kafka } from "kafkajs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { CELLS } from "../../src/log/own-streams.ts"
import { openKafka } from "../../src/open.ts"
import { alterConfigs, createTopics } from "../../src/topics/apply.ts"
import { beginLog, readLog } from "../../src/topics/begin-log.ts"
import { checkTopics } from "../../src/topics/check.ts"
import { gatherFacts, viewCluster } from "../../src/topics/describe-cluster.ts"
import { planTopics } from "../../src/topics/plan.ts"
import { logSpec } from "../../src/topics/spec.ts"

/** Brokers show a change a moment after they took it; on a busy machine it is a long one. */
const SHOWS = { timeout: 15_000 }

describeKafka("the topics of a log", () => {
  let settings: KafkaSettings
  let kafka: Kafka
  let admin: Admin
  let cluster: Cluster
  const made = new Set<string>()

  /** A prefix of its own for a test. */
  const fresh = () => {
    const prefix = `topics-${randomUUID().slice(0, 8)}.`
    const spec = logSpec({ prefix, partitions: 3, replication: 1, streams: streamSpecs() })
    for (const { name } of spec.topics) made.add(name)
    return { prefix, spec, settings: { ...settings, prefix } }
  }
  const facts = async (spec: ReturnType<typeof fresh>["spec"]) =>
    gatherFacts(admin, await viewCluster(cluster, spec.prefix, ALL_STREAMS), spec, null)
  const create = async (spec: ReturnType<typeof fresh>["spec"], topics = spec.topics): Promise<void> => {
    await createTopics(admin, cluster, topics)
  }

  beforeAll(async () => {
    const { client } = await testCluster()
    settings = { ...KAFKA_DEFAULTS, brokers: client.brokers as Array<string> }
    kafka = kafkaClient(settings)
    cluster = new Cluster(kafka, settings.retryMs)
    admin = kafka.admin()
    await admin.connect()
  }, 120_000)
  afterAll(async () => {
    if (admin === undefined) return
    const there = new Set(await admin.listTopics())
    await admin.deleteTopics({ topics: [...made].filter((name) => there.has(name)) })
    await admin.disconnect()
    await cluster.close()
  })

  it("are made once by several at the same time, and are then as specified", async () => {
    const { spec } = fresh()
    const results = await Promise.all([1, 2, 3].map(() => createTopics(admin, cluster, spec.topics)))
    expect(results.flat().sort()).toEqual(spec.topics.map(({ name }) => name).sort())
    await expect.poll(async () => planTopics(await facts(spec), spec).create, SHOWS).toEqual([])
    expect(planTopics(await facts(spec), spec)).toMatchObject({ drift: [], unknown: { topics: [], settings: [] } })
    expect(await createTopics(admin, cluster, spec.topics)).toEqual([])
  })

  it("are altered one by one, and what somebody else set on them stays", async () => {
    const { spec } = fresh()
    await create(spec)
    const name = spec.prefix + STREAMS.submitted
    const [there] = spec.topics.filter((topic) => topic.name === name)
    const set = { ...there!.configs, "retention.ms": "60000", "flush.ms": "5000" }
    const configEntries = Object.entries(set).map(([key, value]) => ({ name: key, value }))
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] })
    const drift = [{ what: "config", topic: name, key: "retention.ms", is: "60000", should: "604800000" }]
    await expect.poll(async () => planTopics(await facts(spec), spec).drift, SHOWS).toEqual(drift)

    await alterConfigs(admin, await facts(spec), spec, name)
    await expect.poll(async () => planTopics(await facts(spec), spec).drift, SHOWS).toEqual([])
    const { unknown } = planTopics(await facts(spec), spec)
    expect(unknown.settings).toEqual([{ topic: name, key: "flush.ms", value: "5000" }])
  })

  it("that are refused by the brokers are named, once for each reason", async () => {
    const { spec } = fresh()
    const topics = logSpec({ ...spec, streams: streamSpecs(), replication: 9 }).topics.slice(0, 3)
    const refused = createTopics(admin, cluster, topics)
    await expect(refused).rejects.toThrow(LogSetupError)
    await expect(refused).rejects.toThrow(/refused to create topics-.* and 2 more: .*INVALID_REPLICATION_FACTOR/)
  })

  it("show others under the prefix, but none where there is no prefix", async () => {
    const { spec } = fresh()
    const other = `${spec.prefix}somebody.else`
    made.add(other)
    await create(spec, [...spec.topics, { ...spec.topics[0]!, name: other, configs: {} }])
    await expect.poll(async () => (await facts(spec)).others, SHOWS).toEqual([other])
    expect((await facts(logSpec({ ...spec, streams: streamSpecs(), prefix: "" }))).others).toEqual([])
  })

  it("become a log by one of several at the same time", async () => {
    const { spec, settings: own } = fresh()
    await create(spec)
    expect(await readLog(kafka, own)).toBeNull()
    const wanted = [1, 2, 3].map((genesis) => ({ epoch: 1, genesis, partitions: 3 }))
    const begun = await Promise.all(wanted.map((one) => beginLog(kafka, own, one)))
    expect(begun.filter((one) => one.begun)).toHaveLength(1)
    const winner = begun.find((one) => one.begun)!.log
    for (const { log } of begun) expect(log).toEqual(winner)
    expect(await readLog(kafka, own)).toEqual(winner)

    const log = await openKafka({ settings: own, streams: ALL_STREAMS, roles: ROLES })
    expect({ epoch: log.epoch, genesis: log.genesis, partitions: log.partitions }).toEqual(winner)
    await log.close()
  })

  it("are asked for in one request before anybody works", async () => {
    const { spec } = fresh()
    await create(spec)
    expect(await checkTopics(cluster, { prefix: spec.prefix, streams: ALL_STREAMS })).toEqual({ partitions: 3 })
  })

  it("that are missing altogether point to the command and the prefix", async () => {
    const { prefix } = fresh()
    const check = checkTopics(cluster, { prefix, streams: ALL_STREAMS })
    await expect(check).rejects.toThrow(LogSetupError)
    await expect(check).rejects.toThrow(/no topic of the log exists.*assay topics apply.*ASSAY_STREAM_PREFIX/)
  })

  it("of which one is missing are named", async () => {
    const { spec } = fresh()
    const missing = spec.prefix + STREAMS.audit
    await create(
      spec,
      spec.topics.filter(({ name }) => name !== missing),
    )
    const check = checkTopics(cluster, { prefix: spec.prefix, streams: ALL_STREAMS })
    await expect(check).rejects.toThrow(`missing: ${missing}; run assay topics apply`)
    const streams = [STREAMS.submitted, CELLS]
    expect(await checkTopics(cluster, { prefix: spec.prefix, streams })).toEqual({ partitions: 3 })
  })

  it("of which one has other partitions are named with what was found", async () => {
    const { spec } = fresh()
    const wrong = spec.prefix + STREAMS.checkpoints
    await create(
      spec,
      spec.topics.map((topic) => (topic.name === wrong ? { ...topic, partitions: 5 } : topic)),
    )
    const check = checkTopics(cluster, { prefix: spec.prefix, streams: ALL_STREAMS })
    await expect(check).rejects.toThrow(`${wrong} has 5`)
    await expect(checkTopics(cluster, { prefix: spec.prefix, partitions: 5, streams: ALL_STREAMS })).rejects.toThrow(
      /5 here, but/,
    )
  })
})
