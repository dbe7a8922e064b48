/** A secure cluster refuses whoever does not say who they are, and whoever may not do what they ask for. */
import { mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describeBroker } from "@assay/testkit/kafka"
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } from "kafkajs"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Cluster, startCluster } from "../../kafka/cluster.ts"
import { portsOf } from "../../kafka/layout.ts"
import { freePorts } from "../../kafka/ports.ts"
import type { ClientSettings } from "../../kafka/ready.ts"
import { credentialsFile } from "../../kafka/secure/users.ts"
import { makeTopic } from "./make-topic.ts"

const TOPIC = "secured"

/** Connects, writes one record, and says what came of it: `written`, or the name of the error. */
const write = async (settings: ClientSettings): Promise<string> => {
  const retry = { retries: 0 }
  const kafka = new Kafka({
    ...settings,
    retry,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer({ retry })
  try {
    await producer.connect()
    await producer.send({ topic: TOPIC, messages: [{ value: "x" }] })
    return "written"
  } catch (cause) {
    // kafkajs wraps what the broker answered.
    const { name, type, cause: answer } = cause as Error & { type?: string; cause?: { type?: string } }
    return type ?? answer?.type ?? name
  } finally {
    await producer.disconnect()
  }
}

describeBroker("a secure cluster", () => {
  let dataDir: string
  let cluster: Cluster

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "assay-kafka-secure-"))
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    cluster = await startCluster({ dataDir, basePort, secure: true, users: ["alice", "bob"], tied: true })
    const admin = new Kafka({ ...cluster.client, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await makeTopic(admin, TOPIC)
    await admin.createAcls({
      acl: [
        {
          principal: "User:alice",
          host: "*",
          operation: AclOperationTypes.WRITE,
          permissionType: AclPermissionTypes.ALLOW,
          resourceType: AclResourceTypes.TOPIC,
          resourceName: TOPIC,
          resourcePatternType: ResourcePatternTypes.LITERAL,
        },
      ],
    })
    await admin.disconnect()
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it("lets the user write whom an ACL allows it, and the super user", async () => {
    expect(await write(cluster.clientAs("alice"))).toBe("written")
    expect(await write(cluster.clientAs("admin"))).toBe("written")
  })

  it("refuses a user without an ACL", async () => {
    expect(await write(cluster.clientAs("bob"))).toBe("TOPIC_AUTHORIZATION_FAILED")
  })

  it("refuses a wrong password, a client without one, and one without TLS", async () => {
    const { brokers, ssl } = cluster.client
    const sasl = { mechanism: "scram-sha-512", username: "alice", password: "wrong" } as const
    expect(await write({ brokers, ssl: ssl!, sasl })).toBe("KafkaJSSASLAuthenticationError")
    expect(await write({ brokers, ssl: ssl! })).not.toBe("written")
    expect(await write({ brokers })).not.toBe("written")
  })

  it("is trusted by its own authority only", async () => {
    expect(await write({ ...cluster.clientAs("alice"), ssl: true })).not.toBe("written")
  })

  it("keeps the passwords and the keys from other users of the machine", async () => {
    for (const file of [
      credentialsFile(dataDir),
      join(dataDir, "tls", "keystore.pem"),
      join(dataDir, "tls", "ca.key"),
    ]) {
      expect([file, (await stat(file)).mode & 0o077]).toEqual([file, 0])
    }
  })

  it("knows its users again after a restart, and says so where one is asked for that it never had", async () => {
    const options = { dataDir, basePort: Number(cluster.brokers[0]!.split(":")[1]), secure: true, tied: true }
    await cluster.stop()
    await expect(startCluster({ ...options, users: ["carol"] })).rejects.toThrow(/without the user\(s\) carol/)
    cluster = await startCluster({ ...options, users: ["alice"] })
    expect(await write(cluster.clientAs("alice"))).toBe("written")
  })
})
