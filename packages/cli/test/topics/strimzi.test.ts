/** The resources of Strimzi say the same as the topics and ACLs that `assay topics apply` makes. */
import { aclsFor, logSpec } from "@assay/log-kafka/topics"
import { ROLES, streamSpecs } from "@assay/streams"
import { describe, expect, it } from "vitest"
import { UsageError } from "../../src/command.ts"
import { strimziResources } from "../../src/topics/strimzi.ts"

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
