/** `assay topics` as an operator calls it, on a real broker. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cluster, freePorts, portsOf, startCluster } from "@assay/infra/kafka"
import { SEALER_GROUP } from "@assay/integrity-hasher/sealer"
import { kafkaClient } from "@assay/kafka-client"
import { READ_MODEL_GROUP } from "@assay/read-model"
import { ROLES } from "@assay/streams"
import { assay, type Done } from "@assay/testkit/cli"
import { describeBroker, describeKafka, testCluster } from "@assay/testkit/kafka"
import { KAFKA_DEFAULTS } from "@assay/testkit/kafka/defaults"
import type { Admin } from "kafkajs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const cwd = mkdtempSync(join(tmpdir(), "assay-topics-"))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

/** No key of the machine's own environment may reach the command. */
const NO_KAFKA = Object.fromEntries(
  Object.keys(process.env)
    .filter((key) => key.startsWith("KAFKA_"))
    .map((key) => [key, ""]),
)

describe("the roles", () => {
  it("know the groups of those who are no stage", () => {
    expect(ROLES["sealer"]!.groups).toContain(SEALER_GROUP)
    expect(ROLES["read-model"]!.groups).toEqual([READ_MODEL_GROUP])
  })
})

describe("a wrong call of assay topics", () => {
  const call = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Done> =>
    assay(["topics", ...args], { cwd, env: { KAFKA_BROKERS: "127.0.0.1:1", ...env } })

  it.each([
    [[], {}, /takes plan, apply, strimzi or grow/],
    [["burn"], {}, /takes plan, apply, strimzi or grow/],
    [["plan", "--acls"], {}, /assay topics apply --acls/],
    [["plan", "--alter-configs"], {}, /assay topics apply --alter-configs/],
    [["apply", "--acls"], {}, /--acls needs --principals/],
    [["plan", "--partitions", "0"], {}, /--partitions takes a whole number/],
    [["plan", "--epoch", "0"], {}, /--epoch takes a whole number from 1/],
    [["plan", "--retention", "audit=1d"], {}, /--retention takes submitted, stages, outputs or rejected, not "audit"/],
    [["plan", "--retention", "submitted=soon"], {}, /takes a time like 12h or 7d, or forever, not "soon"/],
    [["plan", "--principals", "root=User:x"], {}, /root=User:x.*the roles are identity-resolver/],
    [["plan", "--principals", "sealer=x"], {}, /"x" is no principal like User:sealer/],
    [["plan"], { KAFKA_BROKERS: "" }, /KAFKA_BROKERS/],
    [["plan"], { KAFKA_BROKERS: "kafka.example:9092" }, /KAFKA_BROKERS.*KAFKA_SASL_MECHANISM/],
    [["plan"], { KAFKA_BROKER: "x" }, /KAFKA_BROKER is no setting/],
    [["plan", "--prefix", "a b"], {}, /ASSAY_STREAM_PREFIX/],
    [["plan"], {}, /nobody listens at 127\.0\.0\.1:1: start the broker, or correct KAFKA_BROKERS/],
  ] as const)("%j %j is for the caller to correct", async (args, env, says) => {
    const { code, err, out } = await call(args, env)
    expect({ code, err, out }).toMatchObject({ code: 2, err: expect.stringMatching(says), out: "" })
  })
})

interface Shown {
  readonly log: { readonly genesis: number }
  readonly applied: { readonly begun: boolean; readonly created: ReadonlyArray<string> }
}

describeKafka("assay topics on a broker", () => {
  const prefix = `cli-${randomUUID().slice(0, 8)}.`
  let admin: Admin
  let env: Record<string, string>
  const call = (args: ReadonlyArray<string>): Promise<Done> => assay(["topics", ...args], { cwd, env })
  const json = async (args: ReadonlyArray<string>) => {
    const { code, out } = await call([...args, "--json"])
    return { code, ...(JSON.parse(out) as Shown) }
  }

  beforeAll(async () => {
    const { client } = await testCluster()
    const brokers = client.brokers as Array<string>
    env = { ...NO_KAFKA, KAFKA_BROKERS: brokers.join(","), KAFKA_ALLOW_INSECURE: "true", ASSAY_STREAM_PREFIX: prefix }
    admin = kafkaClient({ ...KAFKA_DEFAULTS, brokers, allowInsecure: true }).admin()
    await admin.connect()
  }, 120_000)
  afterAll(async () => {
    if (admin === undefined) return
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    await admin.deleteTopics({ topics })
    await admin.disconnect()
  })
  const topicsThere = async () => (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))

  it("plans without changing anything", async () => {
    const { code, out, err } = await call(["plan", "--partitions", "2", "--replication", "1"])
    expect({ code, err }).toEqual({ code: 1, err: "" })
    expect(out).toMatch(new RegExp(`${prefix}audit.events.v1 +2 +1 +for ever +missing`))
    expect(out).toMatch(/the log has not begun/)
    expect(await topicsThere()).toEqual([])
  })

  it("makes a log once, also by two at the same time", async () => {
    const args = ["apply", "--partitions", "2", "--replication", "1"]
    const both = await Promise.all([json(args), json(args)])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    const applied = both.map((one) => one.applied)
    expect(applied.filter(({ begun }) => begun)).toHaveLength(1)
    expect(applied.flatMap(({ created }) => created)).toHaveLength(30)
    expect(both[0]!.log).toEqual(both[1]!.log)
    expect(await topicsThere()).toHaveLength(30)
  })

  it("finds nothing to do then, with the partitions that the log has", async () => {
    const plan = await json(["plan", "--replication", "1"])
    expect(plan).toMatchObject({ code: 0, ok: true, partitions: 2, log: { epoch: 1, partitions: 2 }, acls: null })
    expect((await call(["apply", "--replication", "1"])).out).toMatch(
      /^nothing was changed\n[\s\S]*nothing is to do\n$/,
    )
  })

  it("shows what differs and leaves it, until it is asked to alter it", async () => {
    const args = ["--replication", "1", "--retention", "submitted=14d"]
    const before = await call(["apply", ...args])
    expect(before.code).toBe(1)
    expect(before.out).toMatch(/retention\.ms is 604800000, not 1209600000/)
    expect(before.out).toMatch(/assay topics apply --alter-configs/)
    expect((await call(["plan", "--replication", "1"])).code).toBe(0)
    const after = await call(["apply", ...args, "--alter-configs"])
    expect(after.code).toBe(0)
    expect(after.out).toContain(`${prefix}telemetry.submitted.v1: retention.ms was 604800000, is 1209600000`)
    expect((await call(["plan", ...args])).code).toBe(0)
  })

  it("never adds partitions, and says what to do instead", async () => {
    const { code, out } = await call(["apply", "--partitions", "8", "--replication", "1"])
    expect(code).toBe(1)
    expect(out).toMatch(/2 partitions, not 8/)
    expect(out).toMatch(
      /never added in place.*begun with 2; for 8 begin a new epoch.*ASSAY_STREAM_PREFIX, with --epoch 2/,
    )
    const { topics } = await admin.fetchTopicMetadata({ topics: await topicsThere() })
    expect(topics.every(({ partitions }) => partitions.length === 2)).toBe(true)
  })

  it("begins a log with the epoch that is asked for, and never another", async () => {
    const next = ["--replication", "1", "--prefix", `${prefix}next.`]
    const plan = await call(["plan", ...next, "--partitions", "1", "--epoch", "2"])
    expect(plan.out).toContain("the log has not begun; it will be epoch 2")
    const begun = await json(["apply", ...next, "--partitions", "1", "--epoch", "2"])
    expect(begun).toMatchObject({ code: 0, ok: true, epoch: 2, log: { epoch: 2, partitions: 1 } })
    expect(await json(["plan", ...next])).toMatchObject({ code: 0, epoch: 2 })
    const other = await call(["apply", ...next, "--epoch", "3"])
    expect(other.code).toBe(1)
    expect(other.out).toMatch(/^nothing was changed[\s\S]*this log is epoch 2.*leave --epoch out/)
    expect(await json(["plan", ...next, "--epoch", "3"])).toMatchObject({
      code: 1,
      ok: false,
      log: { epoch: 2 },
      plan: { otherNumber: { is: 2, should: 3 } },
    })
    const topics = (await topicsThere()).filter((topic) => topic.startsWith(`${prefix}next.`))
    await admin.deleteTopics({ topics })
    await expect.poll(topicsThere).toHaveLength(30)
  })

  it("makes a topic again that somebody deleted, alike", async () => {
    const deleted = `${prefix}telemetry.verified.v1`
    await admin.deleteTopics({ topics: [deleted] })
    await expect.poll(topicsThere).toHaveLength(29)
    expect((await call(["plan", "--replication", "1"])).code).toBe(1)
    const again = await call(["apply", "--replication", "1", "--retention", "submitted=14d"])
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining(`created ${deleted}`) })
  })
})

describeBroker("assay topics on a secure broker", () => {
  let cluster: Cluster
  let dataDir: string
  let env: Record<string, string>
  const PRINCIPALS = "identity-resolver=User:alice,siem=User:CN=splunk,O=Example"
  const call = (args: ReadonlyArray<string>): Promise<Done> =>
    assay(["topics", ...args, "--replication", "1"], { cwd, env })

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "assay-topics-secure-"))
    const basePort = await freePorts(portsOf({ nodes: 1, secure: true }))
    cluster = await startCluster({ dataDir, basePort, secure: true, users: ["alice"], tied: true, heap: "384m" })
    writeFileSync(join(cwd, "ca.pem"), (cluster.client.ssl as { ca: Array<string> }).ca[0]!)
    writeFileSync(join(cwd, "password"), `${cluster.users["admin"]}\n`)
    env = {
      ...NO_KAFKA,
      KAFKA_BROKERS: cluster.brokers.join(","),
      KAFKA_TLS: "true",
      KAFKA_TLS_CA: "ca.pem",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: "admin",
      KAFKA_SASL_PASSWORD_FILE: "password",
    }
  }, 120_000)
  afterAll(async () => {
    await cluster?.stop()
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true })
  })

  it("shows the ACLs that are missing, and creates them only on request", async () => {
    writeFileSync(join(cwd, "principals"), `# who is who\n${PRINCIPALS.replace(",siem", "\nsiem")}\n`)
    const plan = await call(["plan", "--principals", "principals"])
    expect(plan.code).toBe(1)
    expect(plan.out).toContain("allow User:alice read on topic telemetry.submitted.v1")
    expect((await call(["apply", "--principals", PRINCIPALS])).code).toBe(1)
    const applied = await call(["apply", "--principals", PRINCIPALS, "--acls"])
    expect(applied.code).toBe(0)
    expect(applied.out).toMatch(/created \d+ ACLs/)
    expect((await call(["apply", "--principals", "principals", "--acls"])).out).toMatch(/^nothing was changed/)
  })

  it("shows ACLs that nobody specified", async () => {
    const plan = await call(["plan", "--principals", "identity-resolver=User:alice"])
    expect(plan.code).toBe(1)
    expect(plan.out).toContain("allow User:CN=splunk,O=Example read on topic audit.events.v1")
    expect(plan.out).toMatch(/kafka-acls/)
  })

  it("says which right a principal lacks", async () => {
    writeFileSync(join(cwd, "alice"), cluster.users["alice"]!)
    const alice = { ...env, KAFKA_SASL_USERNAME: "alice", KAFKA_SASL_PASSWORD_FILE: "alice" }
    const { code, err } = await assay(["topics", "apply", "--replication", "1"], { cwd, env: alice })
    expect(code).toBe(2)
    expect(err).toMatch(/KAFKA_SASL_USERNAME alice has no right to/)
  })
})
