/** The resources of Strimzi say the same as the topics and ACLs that `assay topics apply` makes. */
import { readFileSync } from "node:fs"
import { aclsFor, logSpec } from "@assay/log-kafka/topics"
import { ROLES, streamSpecs } from "@assay/streams"
import { describe, expect, it } from "vitest"
import { UsageError } from "../../src/command.ts"
import { strimziResources } from "../../src/topics/strimzi.ts"
import { strimziCluster } from "../../src/topics/strimzi-cluster.ts"

const use = { streams: streamSpecs({}), roles: ROLES }
const specOf = (prefix: string) => logSpec({ prefix, partitions: 12, replication: 3, streams: use.streams })
const PREFIX = "plant1."
const spec = specOf(PREFIX)
const assignments = Object.keys(ROLES).map((role) => ({ role, principal: `User:assay-${role}` }))
const acls = aclsFor(use, assignments, PREFIX)
const resources = strimziResources(spec, acls, "main")

interface Rule {
  readonly type: string
  readonly host: string
  readonly resource: { readonly type: string; readonly name?: string; readonly patternType?: string }
  readonly operations: ReadonlyArray<string>
}

describe("assay topics strimzi", () => {
  it("has every topic with its own name, shape and settings", () => {
    const topics = resources.filter(({ kind }) => kind === "KafkaTopic")
    expect(topics.map((topic) => topic.spec)).toEqual(
      spec.topics.map(({ name, partitions, replication, configs }) => ({
        topicName: name,
        partitions,
        replicas: replication,
        config: configs,
      })),
    )
    for (const { metadata } of resources) expect(metadata.labels["strimzi.io/cluster"]).toBe("main")
  })

  it("has every rule of every user, and no other", () => {
    const word = { transactionalId: "transactional-id" } as Record<string, string>
    const found = resources
      .filter(({ kind }) => kind === "KafkaUser")
      .flatMap(({ metadata, spec: { authorization } }) =>
        (authorization as { acls: ReadonlyArray<Rule> }).acls.flatMap(({ type, host, resource, operations }) =>
          operations.map((operation) => ({
            principal: `User:${metadata.name}`,
            host,
            resource: word[resource.type] ?? resource.type,
            pattern: resource.patternType === "prefix" ? "prefixed" : "literal",
            name: resource.name ?? "kafka-cluster",
            operation: operation.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase(),
            permission: type,
          })),
        ),
      )
    const sorted = (all: ReadonlyArray<object>) => all.map((one) => JSON.stringify(Object.entries(one).sort())).sort()
    expect(sorted(found)).toEqual(sorted(acls))
  })

  it("keeps a topic's name where a resource cannot have it", () => {
    const [first] = strimziResources(specOf("Plant_1."), [], "main")
    expect(first!.metadata.name).toBe("plant-1.telemetry.submitted.v1")
    expect(first!.spec["topicName"]).toBe("Plant_1.telemetry.submitted.v1")
  })

  it.each(["User:CN=ir,O=plant", "Group:ir", "User:Ir", "User:a b"])("refuses %s by name", (principal) => {
    const call = () => strimziResources(spec, aclsFor(use, [{ role: "siem", principal }], PREFIX), "main")
    expect(call).toThrow(UsageError)
    expect(call).toThrow(JSON.stringify(principal).slice(1, -1).split(":")[1])
  })

  it("refuses a prefix with which no resource can begin", () => {
    expect(() => strimziResources(specOf("_."), [], "main")).toThrow("cannot be the name of a resource")
  })
})

describe("assay topics strimzi --kafka", () => {
  const SIZE = { cluster: "main", brokers: 3, storage: "500Gi", storageClass: null }
  const [controllers, brokers, kafka] = strimziCluster(spec, SIZE)
  const config = (kafka!.spec["kafka"] as { readonly config: Readonly<Record<string, unknown>> }).config

  it("has controllers and brokers apart, of which one each may be away, on disks that stay", () => {
    const volume = (size: string) => ({
      id: 0,
      type: "persistent-claim",
      size,
      kraftMetadata: "shared",
      deleteClaim: false,
    })
    expect([controllers, brokers].map((one) => [one!.metadata.name, one!.spec])).toEqual([
      ["main-controller", { replicas: 3, roles: ["controller"], storage: { type: "jbod", volumes: [volume("20Gi")] } }],
      ["main-broker", { replicas: 3, roles: ["broker"], storage: { type: "jbod", volumes: [volume("500Gi")] } }],
    ])
    const one = strimziCluster({ ...spec, replication: 1 }, { ...SIZE, brokers: 1, storageClass: "fast" })
    expect(one.slice(0, 2)).toMatchObject([{ spec: { replicas: 1 } }, { spec: { replicas: 1 } }])
    expect(JSON.stringify(one[1])).toContain('"class":"fast"')
  })

  it("sets on the brokers what the guide asks for, and nothing that Strimzi sets itself", () => {
    expect(config).toMatchObject({
      "auto.create.topics.enable": false,
      "unclean.leader.election.enable": false,
      "min.insync.replicas": 2,
      "offsets.topic.replication.factor": 3,
      "transaction.state.log.replication.factor": 3,
      "transaction.state.log.min.isr": 2,
      "transaction.max.timeout.ms": 60_000,
    })
    // As large as the largest batch of any topic.
    for (const { configs } of spec.topics)
      expect(config["replica.fetch.max.bytes"]).toBeGreaterThanOrEqual(Number(configs["max.message.bytes"]))
    // KafkaClusterSpec.FORBIDDEN_PREFIXES of Strimzi 1.2.0, without what is of ZooKeeper, Cruise Control and quotas: it drops them.
    const forbidden =
      /^(listeners|advertised\.|broker\.|listener\.|host\.name|port|inter\.broker\.listener\.name|sasl\.|ssl\.|security\.|password\.|log\.dir|authorizer\.|super\.user|node\.id|process\.roles|controller\.|metadata\.log\.dir)/
    expect(Object.keys(config).filter((key) => forbidden.test(key))).toEqual([])
    // A guide that names a setting of the brokers has it set here.
    const guide = readFileSync(new URL("../../../../docs/guides/operations.md", import.meta.url), "utf8")
    const [, asked] = /\nOn the brokers: (.*)\n/.exec(guide)!
    const named = [...asked!.matchAll(/`([a-z]+(?:\.[a-z]+)+)(?:=[a-z]+)?`/g)].map(([, name]) => name!)
    expect(named.length).toBeGreaterThan(6)
    const set = Object.keys(config)
    const left = named.filter((name) => !set.some((key) => key.startsWith(name)))
    // Of the topics, and one whose default is right.
    expect(left).toEqual(["max.message.bytes", "group.min.session.timeout.ms"])
  })

  it.each([
    ["--cluster", { cluster: "Main" }],
    ["--cluster", { cluster: "a.b" }],
    ["--storage", { storage: "500" }],
    ["--brokers", { brokers: 2 }],
  ])("refuses what %s cannot be: %j", (option, wrong) => {
    const call = () => strimziCluster(spec, { ...SIZE, ...wrong })
    expect(call).toThrow(UsageError)
    expect(call).toThrow(option)
  })
})
