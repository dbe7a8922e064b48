import type { Acl } from "@assay/kafka-client"
import { ROLES, STREAMS, streamSpecs } from "@assay/streams"
import { SERVICE_NAMES } from "@assay/trust"
import { describe, expect, it } from "vitest"
import { aclsFor, planAcls } from "../../src/topics/acls.ts"

const PREFIX = "plant1."
const USE = { streams: streamSpecs(), roles: ROLES }
const everybody = Object.keys(ROLES).map((role) => ({ role, principal: `User:${role}` }))
const acls = aclsFor(USE, everybody, PREFIX)
const who = (operation: Acl["operation"], stream: string, permission: Acl["permission"] = "allow") =>
  acls
    .filter((acl) => acl.operation === operation && acl.permission === permission && acl.name === PREFIX + stream)
    .map(({ principal }) => principal.slice("User:".length))
    .sort()
const SERVICES = Object.values(SERVICE_NAMES)

describe("the ACLs of a log", () => {
  it("let only the last stage decide", () => {
    for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined])
      expect(who("write", stream)).toEqual(["anomaly-quarantine", "chained"])
  })

  it("let each stage stream be written by one stage and read by the next", () => {
    expect(who("write", STREAMS.identified)).toEqual(["identity-resolver"])
    expect(who("read", STREAMS.identified)).toEqual(["credential-checker", "operator"])
    expect(who("write", STREAMS.segmented)).toEqual(["segmentation-enforcer"])
    expect(who("read", STREAMS.segmented)).toEqual(["anomaly-quarantine", "operator"])
  })

  it("let nobody but the stages write the audit stream, and nobody but the sealer checkpoints", () => {
    expect(who("write", STREAMS.audit)).toEqual([...SERVICES, "chained"].sort())
    expect(who("write", STREAMS.checkpoints)).toEqual(["sealer"])
  })

  it("let only ingress, operators, the ticking first stage and who admits devices, and the statistics of classes, write to submitted", () => {
    expect(who("write", STREAMS.submitted)).toEqual(
      ["aggregator", "chained", "credential-checker", "identity-resolver", "ingress", "operator"].sort(),
    )
  })

  it("refuse to shorten the evidence to everybody but the admin", () => {
    const others = Object.keys(ROLES).filter((role) => role !== "admin")
    for (const stream of [STREAMS.audit, STREAMS.checkpoints, STREAMS.knowledge])
      for (const operation of ["delete", "alter", "alter-configs"] as const)
        expect(who(operation, stream, "deny")).toEqual(others.sort())
    expect(acls.some(({ operation, permission }) => operation === "delete" && permission === "allow")).toBe(false)
  })

  it("refuse nothing to a principal that is the admin too", () => {
    const both = aclsFor(
      USE,
      [
        { role: "sealer", principal: "User:one" },
        { role: "admin", principal: "User:one" },
      ],
      PREFIX,
    )
    expect(both.some(({ permission }) => permission === "deny")).toBe(false)
  })

  it("say everything once, and only under the prefix", () => {
    expect(new Set(acls.map((acl) => JSON.stringify(acl))).size).toBe(acls.length)
    for (const { name, resource } of acls) if (resource !== "cluster") expect(name.startsWith(PREFIX)).toBe(true)
    expect(acls.some(({ name }) => name === "*" || name === PREFIX)).toBe(false)
  })

  it("give each group and transactional id to one role, but for the cells", () => {
    const owners = new Map<string, Array<string>>()
    for (const { resource, name, operation, principal } of acls)
      if ((resource === "group" && operation === "read") || resource === "transactional-id")
        owners.set(`${resource} ${name}`, [...(owners.get(`${resource} ${name}`) ?? []), principal])
    const shared = [...owners].filter(([, principals]) => principals.length > 1).map(([name]) => name)
    expect(shared.sort()).toEqual([`group ${PREFIX}cells`, `transactional-id ${PREFIX}cells.`])
  })
})

describe("a plan of ACLs", () => {
  const stray = (acl: Partial<Acl>): Acl => ({
    principal: "User:mallory",
    host: "*",
    resource: "topic",
    pattern: "literal",
    name: `${PREFIX}${STREAMS.audit}`,
    operation: "write",
    permission: "allow",
    ...acl,
  })

  it("is nothing where all are there", () => {
    expect(planAcls(USE, acls, acls, PREFIX)).toEqual({ create: [], extra: [] })
  })

  it("creates what is missing", () => {
    expect(planAcls(USE, acls.slice(3), acls, PREFIX).create).toEqual(acls.slice(0, 3))
  })

  it.each([
    ["on a topic of ours", {}],
    ["on all topics", { name: "*" }],
    ["on names that begin as one of ours", { name: "plant", pattern: "prefixed" }],
    ["on a group of ours", { resource: "group", name: `${PREFIX}identity-resolver`, operation: "read" }],
    ["on all transactional ids", { resource: "transactional-id", name: "*" }],
    ["on one transactional id of ours", { resource: "transactional-id", name: `${PREFIX}cells.0` }],
    ["for a principal of ours, wherever", { principal: "User:sealer", name: "payments" }],
  ] as const)("shows what nobody specified %s", (_, acl) => {
    expect(planAcls(USE, [...acls, stray(acl)], acls, PREFIX).extra).toEqual([stray(acl)])
  })

  it.each([
    ["another topic", { name: "payments" }],
    ["a topic of another log", { name: `plant2.${STREAMS.audit}` }],
    ["another group", { resource: "group", name: "billing", operation: "read" }],
  ] as const)("does not meddle with what is on %s", (_, acl) => {
    expect(planAcls(USE, [...acls, stray(acl)], acls, PREFIX).extra).toEqual([])
  })
})
