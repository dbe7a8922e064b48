/**
 * One principal for each role, on a real broker that refuses what nobody allowed: each can do its work, and nothing else.
 * What each may read and write is written out here by hand; the ACLs are generated from the roles.
 */

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster as Broker, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { type Acl, Cluster, connectionProblem, createAcls, kafkaClient, readAcls } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { ForbiddenError, type Log, LogSetupError } from "@assay/log"
import { ALL_STREAMS, changelogOf, ROLES, STAGE_STREAMS, STREAMS, streamSpecs } from "@assay/streams"
import { describeBroker } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import * as Redacted from "effect/Redacted"
import type { Admin } from "kafkajs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { kafkaLog } from "../../src/log/log.ts"
import { CELLS } from "../../src/log/own-streams.ts"
import { openKafka } from "../../src/open.ts"
import { aclsFor, planAcls } from "../../src/topics/acls.ts"
import { createTopics } from "../../src/topics/apply.ts"
import { beginLog } from "../../src/topics/begin-log.ts"
import { gatherFacts, viewCluster } from "../../src/topics/describe-cluster.ts"
import { isDone, planTopics } from "../../src/topics/plan.ts"
import { logSpec } from "../../src/topics/spec.ts"

const PREFIX = "plant1."
const USE = { streams: streamSpecs(), roles: ROLES }
const TOPIC_STREAMS = [...ALL_STREAMS, CELLS]
const PARTITIONS = 2
/** `admin` is the brokers' own super user. */
const userOf = (role: string): string => (role === "admin" ? "topics-admin" : role)
const ASSIGNMENTS = Object.keys(ROLES).map((role) => ({ role, principal: `User:${userOf(role)}` }))

const { submitted, identified, checked, hashed, segmented, verified, annotated, quarantined, revoked } = STREAMS
const { rejected, undecided, deadletter, audit, checkpoints, knowledge } = STREAMS
const { readingsVerified, readingsAnnotated, readingsQuality } = STREAMS
const COMMON = [audit, rejected, undecided, deadletter]

interface May {
  readonly reads: ReadonlyArray<string>
  readonly writes: ReadonlyArray<string>
  /** The group and the stream under whose transactional id it writes; null: it appends. */
  readonly as: readonly [group: string, stream: string] | null
}

const stage = (service: string, input: string, extra: ReadonlyArray<string>, writes: ReadonlyArray<string>): May => ({
  reads: [input, CELLS, changelogOf(service), ...extra],
  writes: [...writes, changelogOf(service), ...COMMON],
  as: [service, input],
})

const MAY: Readonly<Record<string, May>> = {
  "identity-resolver": stage("identity-resolver", submitted, [], [identified, submitted]),
  "credential-checker": stage("credential-checker", identified, [], [checked, submitted]),
  "integrity-hasher": stage("integrity-hasher", checked, [], [hashed]),
  "segmentation-enforcer": stage("segmentation-enforcer", hashed, [], [segmented]),
  "anomaly-quarantine": stage(
    "anomaly-quarantine",
    segmented,
    [verified, annotated, quarantined],
    [verified, annotated, quarantined, revoked, knowledge],
  ),
  chained: stage(
    "chained",
    submitted,
    [verified, annotated, quarantined],
    [verified, annotated, quarantined, revoked, knowledge, submitted],
  ),
  sealer: { reads: [audit, submitted, CELLS], writes: [checkpoints, CELLS], as: ["integrity-sealer", audit] },
  ingress: { reads: [CELLS], writes: [submitted], as: null },
  operator: { reads: TOPIC_STREAMS, writes: [submitted], as: null },
  readings: {
    reads: [verified, annotated, quarantined, readingsQuality, CELLS],
    writes: [readingsVerified, readingsAnnotated, readingsQuality],
    as: ["readings", verified],
  },
  "read-model": { reads: [audit, verified, annotated, quarantined, rejected, CELLS], writes: [], as: null },
}

describeBroker("a secure cluster with one principal for each role", () => {
  let dataDir: string
  let broker: Broker
  let superuser: KafkaSettings
  let admin: Admin
  const opened: Array<Log> = []

  const settingsAs = (user: string): KafkaSettings => ({
    ...superuser,
    sasl: { mechanism: "scram-sha-512", username: user, password: Redacted.make(broker.users[user]!) },
  })
  const openAs = async (role: string): Promise<Log> => {
    const log = await openKafka({ settings: settingsAs(userOf(role)), streams: ALL_STREAMS, roles: ROLES })
    opened.push(log)
    return log
  }
  const refused = async (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      () => false,
      (cause: unknown) => {
        if (cause instanceof ForbiddenError) return true
        const problem = connectionProblem(cause, superuser)
        if (problem === null || !problem.message.includes("has no right to")) throw cause
        return true
      },
    )

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "assay-acl-"))
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    const users = [...Object.keys(ROLES).map(userOf), "stranger"].filter((user) => user !== "admin")
    broker = await startCluster({ dataDir, basePort, secure: true, users, tied: true, heap: "384m" })
    const { ssl, sasl } = broker.client
    const [ca] = (ssl as { ca: Array<string> }).ca
    const { username, password } = sasl as { username: string; password: string }
    superuser = {
      ...KAFKA_DEFAULTS,
      brokers: broker.brokers,
      prefix: PREFIX,
      tls: { ca: ca!, cert: null, key: null },
      sasl: { mechanism: "scram-sha-512", username, password: Redacted.make(password) },
      retryMs: 5_000,
    }
    admin = kafkaClient(superuser).admin()
    await admin.connect()
  }, 120_000)

  afterAll(async () => {
    await Promise.all(opened.map((log) => log.close()))
    await admin?.disconnect()
    await broker?.stop()
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true })
  })

  const apply = async (acls: ReadonlyArray<Acl>): Promise<void> => {
    await createAcls(admin, acls)
    const missing = async () => planAcls(USE, await readAcls(admin), acls, PREFIX).create
    await expect.poll(missing, { timeout: 10_000 }).toEqual([])
  }

  /** Deletes the first record of partition 0. @returns "done", or how the broker refused */
  const deletion = async (by: Admin, topic: string): Promise<string> => {
    await by.fetchTopicOffsets(topic) // kafkajs does not ask where a topic lies by itself
    try {
      await by.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "1" }] })
      return "done"
    } catch (cause) {
      interface Refusal {
        readonly type?: string
        readonly cause?: { readonly partitions: ReadonlyArray<{ readonly error: { readonly type: string } }> }
      }
      const { type, cause: inner } = cause as Refusal // it is wrapped where kafkajs has tried again
      return type ?? inner?.partitions[0]?.error.type ?? String(cause)
    }
  }

  it("is asked for its ACLs and given them; doing so again changes nothing", async () => {
    const acls = aclsFor(USE, ASSIGNMENTS, PREFIX)
    expect(planAcls(USE, await readAcls(admin), acls, PREFIX)).toEqual({ create: acls, extra: [] })
    await apply(acls)
    await apply(acls)
    expect(planAcls(USE, await readAcls(admin), acls, PREFIX)).toEqual({ create: [], extra: [] })
  })

  it("lets the admin's role make topics, begin the log, and see that all is done", async () => {
    const settings = settingsAs(userOf("admin"))
    const kafka = kafkaClient(settings)
    const cluster = new Cluster(kafka, 5_000)
    const own = kafka.admin()
    await own.connect()
    const spec = logSpec({ prefix: PREFIX, partitions: PARTITIONS, replication: 1, streams: USE.streams })
    const before = await viewCluster(cluster, PREFIX, ALL_STREAMS)
    expect(before.metadata.hidden).toEqual([])
    expect(await createTopics(own, cluster, spec.topics)).toHaveLength(spec.topics.length)
    const { log, begun } = await beginLog(kafka, settings, { epoch: 1, genesis: 1, partitions: PARTITIONS })
    expect(begun).toBe(true)
    const facts = await gatherFacts(own, await viewCluster(cluster, PREFIX, ALL_STREAMS), spec, log)
    expect(isDone(planTopics(facts, spec))).toBe(true)
    await readAcls(own)
    await createAcls(own, aclsFor(USE, ASSIGNMENTS, PREFIX).slice(0, 1))
    await own.disconnect()
    await cluster.close()
  })

  describe.each(Object.entries(MAY))("%s", (role, { reads, writes, as }) => {
    it("opens the log, and reads what it needs and nothing else", async () => {
      const log = await openAs(role)
      for (const stream of TOPIC_STREAMS) {
        const denied = await refused(log.read({ stream, partition: 0 }, 0, 1, 1))
        expect([stream, denied]).toEqual([stream, !reads.includes(stream)])
        await log.bounds({ stream, partition: 0 })
      }
    })

    it("writes what it needs and nothing else", async () => {
      const log = opened.at(-1)!
      const records = [{ key: Buffer.from("k"), value: Buffer.from("v") }]
      const write = async (stream: string): Promise<unknown> => {
        if (as === null) return log.append({ stream, partition: 0 }, records)
        const [group, input] = as
        const from = await log.take(group, { stream: input, partition: 0 })
        return log.commit(0, { group, stream: input, from, next: from + 1, outputs: [{ stream, records }] })
      }
      for (const stream of TOPIC_STREAMS) {
        const denied = await refused(write(stream))
        expect([stream, denied]).toEqual([stream, !writes.includes(stream)])
      }
    })

    it("cannot take another role's partitions, nor shorten the evidence", async () => {
      const log = opened.at(-1)!
      for (const name of STAGES) {
        const group = SERVICE_NAMES[name]
        if (group === role) continue
        expect(await refused(log.take(group, { stream: STAGE_STREAMS[name].input, partition: 0 }))).toBe(true)
      }
      const own = kafkaClient(settingsAs(userOf(role))).admin({ retry: { retries: 0 } })
      await own.connect()
      for (const stream of [audit, checkpoints, knowledge]) {
        const name = PREFIX + stream
        const resources = [{ type: 2, name, configEntries: [{ name: "retention.ms", value: "1" }] }]
        expect(await refused(own.alterConfigs({ validateOnly: true, resources }))).toBe(true)
        expect(await refused(own.deleteTopics({ topics: [name] }))).toBe(true)
      }
      await own.disconnect()
    })
  })

  it("lets a member of each group join it, and no other", async () => {
    for (const [role, { as }] of Object.entries(MAY)) {
      if (as === null && role !== "read-model") continue
      const [group, stream] = as ?? ["read-model", audit]
      const log = await openAs(role)
      const membership = await log.join(group, stream, () => undefined)
      await membership.leave()
    }
    const ingress = await openAs("ingress")
    await expect(ingress.join("identity-resolver", submitted, () => undefined)).rejects.toThrow(LogSetupError)
  })

  it("says to whom it refuses what, and which role has the right", async () => {
    const records = [{ key: Buffer.from("k"), value: Buffer.from("v") }]
    const refusal = async (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => "done",
        (cause: unknown) => (cause instanceof ForbiddenError ? cause.message : String(cause)),
      )
    const ingress = await openAs("ingress")
    expect(await refusal(ingress.append({ stream: knowledge, partition: 0 }, records))).toBe(
      `KAFKA_SASL_USERNAME ingress may not append to the topic ${PREFIX}${knowledge} (TOPIC_AUTHORIZATION_FAILED); it needs the role anomaly-quarantine or chained: grant it with assay topics apply --principals ... --acls, or use another principal`,
    )
    const taken = await refusal(ingress.take("chained", { stream: submitted, partition: 0 }))
    expect(taken).toContain(`work for the group ${PREFIX}chained under its transactional id`)
    expect(taken).toContain("it needs the role chained:")
    // Who writes nothing at all gets no producer id.
    const model = await openAs("read-model")
    expect(await refusal(model.append({ stream: submitted, partition: 0 }, records))).toContain(
      "or ingress or aggregator or operator:",
    )
  })

  it("tells a refused topic from the others of the same transaction", async () => {
    const log = await openAs("segmentation-enforcer")
    const group = "segmentation-enforcer"
    const from = await log.take(group, { stream: hashed, partition: 0 })
    const records = [{ key: Buffer.from("k"), value: Buffer.from("v") }]
    const before = performance.now()
    for (const streams of [
      [audit, verified, segmented],
      [verified, audit, segmented],
      [audit, segmented, verified],
    ]) {
      const outputs = streams.map((stream) => ({ stream, records }))
      await expect(log.commit(0, { group, stream: hashed, from, next: from + 1, outputs })).rejects.toThrow(
        ForbiddenError,
      )
    }
    expect(performance.now() - before).toBeLessThan(superuser.retryMs)
    expect(await log.take(group, { stream: hashed, partition: 0 })).toBe(from)
  })

  it("lets ingress see how far the first stage is, and publish no knowledge", async () => {
    const log = await openAs("ingress")
    for (const group of ["identity-resolver", "chained"])
      expect(await log.position(group, { stream: submitted, partition: 0 })).toBeGreaterThanOrEqual(0)
    expect(await refused(log.cells.swap(0, "knowledge/x", null, Buffer.from("x")))).toBe(true)
  })

  it("lets the sealer swap cells, and operators only look at them", async () => {
    const swap = async (role: string) => (await openAs(role)).cells.swap(1, `of ${role}`, null, Buffer.from("x"))
    expect(await swap("sealer")).toBe(true)
    expect(await refused(swap("operator"))).toBe(true)
  })

  it("refuses to shorten the evidence even to whom somebody allowed everything", async () => {
    await apply([
      {
        principal: "User:sealer",
        host: "*",
        resource: "topic",
        pattern: "prefixed",
        name: PREFIX,
        operation: "all",
        permission: "allow",
      },
    ])
    const sealer = kafkaClient(settingsAs("sealer")).admin({ retry: { retries: 0 } })
    await sealer.connect()
    // It may now everything else, but this.
    expect(await deletion(sealer, PREFIX + rejected)).toBe("done")
    for (const stream of [audit, checkpoints, knowledge]) {
      expect(await deletion(sealer, PREFIX + stream)).toBe("TOPIC_AUTHORIZATION_FAILED")
      expect(await refused(sealer.deleteTopics({ topics: [PREFIX + stream] }))).toBe(true)
    }
    await sealer.disconnect()
    const { extra } = planAcls(USE, await readAcls(admin), aclsFor(USE, ASSIGNMENTS, PREFIX), PREFIX)
    expect(extra).toMatchObject([{ principal: "User:sealer", operation: "all" }])
  })

  it("lets sinks read their streams in groups of their own name, and see no other topic but the log's own table", async () => {
    const kafka = kafkaClient(settingsAs("data-platform"))
    const own = kafka.admin()
    await own.connect()
    expect((await own.listTopics()).sort()).toEqual(
      [CELLS, readingsAnnotated, readingsQuality, readingsVerified, annotated, revoked, verified].map(
        (stream) => PREFIX + stream,
      ),
    )
    await own.disconnect()
    const consumer = kafka.consumer({ groupId: `${PREFIX}data-platform.lake`, readUncommitted: false })
    await consumer.connect()
    await consumer.subscribe({ topic: PREFIX + verified, fromBeginning: true })
    const got = Promise.withResolvers<string>()
    await consumer.run({ eachMessage: async ({ message }) => got.resolve(String(message.value)) })
    expect(await got.promise).toBe("v")
    await consumer.disconnect()
  })

  it("shows a scaler how far each service is, as KEDA asks, and nothing else", async () => {
    const kafka = kafkaClient(settingsAs("scaler"))
    const own = kafka.admin({ retry: { retries: 0 } })
    await own.connect()
    for (const stage of STAGES) {
      const topic = PREFIX + STAGE_STREAMS[stage].input
      expect((await own.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions).toHaveLength(PARTITIONS)
      expect(await own.fetchTopicOffsets(topic)).toHaveLength(PARTITIONS)
      const [found] = await own.fetchOffsets({ groupId: PREFIX + SERVICE_NAMES[stage], topics: [topic] })
      expect(found!.partitions).toHaveLength(PARTITIONS)
    }
    // kafkajs does not say that it is refused: it only finds nobody who would answer for the group.
    const sealers = own.fetchOffsets({ groupId: `${PREFIX}integrity-sealer`, topics: [PREFIX + audit] })
    await expect(sealers).rejects.toMatchObject({ name: "KafkaJSGroupCoordinatorNotFound" })
    await own.disconnect()
    const open = openKafka({ settings: settingsAs("scaler"), streams: ALL_STREAMS, roles: ROLES })
    expect(await refused(open)).toBe(true)
  })

  it("tells a stranger, who may log in but has no role, what is missing", async () => {
    const open = openKafka({ settings: settingsAs("stranger"), streams: ALL_STREAMS, roles: ROLES })
    expect(await refused(open)).toBe(true)
    const kafka = await kafkaLog({ settings: superuser, roles: ROLES })
    await kafka.close()
  })
})
