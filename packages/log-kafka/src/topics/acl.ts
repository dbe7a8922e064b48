/**
 * The ACLs of a log: from who works on it to what each principal may do. Pure.
 *
 * Brokers refuse what nobody allows, so these are the whole of what our principals may do. On top of that stands a refusal
 * of everything that could shorten the evidence (delete records or the topic, alter it), for every principal but the
 * admin's: a refusal wins over any wider permission that somebody grants later. Principals that are `super.users` of the
 * brokers are beyond all ACLs: Assay's own should not be.
 */
import { ROLES } from "./roles.ts"
import { EVIDENCE_STREAMS, TOPIC_STREAMS } from "./spec.ts"

export type AclOperation =
  | "all"
  | "read"
  | "write"
  | "create"
  | "delete"
  | "alter"
  | "describe"
  | "cluster-action"
  | "describe-configs"
  | "alter-configs"
  | "idempotent-write"
  | "other"
export type AclResource = "topic" | "group" | "cluster" | "transactional-id" | "other"

export interface Acl {
  /** As the brokers know it, for example `User:identity-resolver`. */
  readonly principal: string
  readonly host: string
  readonly resource: AclResource
  readonly pattern: "literal" | "prefixed"
  readonly name: string
  readonly operation: AclOperation
  readonly permission: "allow" | "deny"
}

/** Who has a role; a role may have several principals, and a principal several roles. */
export interface Assignment {
  readonly role: string
  readonly principal: string
}

/** The cluster itself, as ACLs name it. */
const CLUSTER = "kafka-cluster"

/** Read and Write include Describe, so it stands only where there is neither. Idempotent writing needs none since Kafka 2.8. */
const allowed = (role: string, prefix: string): ReadonlyArray<Omit<Acl, "principal" | "host" | "permission">> => {
  const needs = ROLES[role]!
  const topic = (stream: string, operation: AclOperation) =>
    ({ resource: "topic", pattern: "literal", name: prefix + stream, operation }) as const
  const group = (name: string, operation: AclOperation) =>
    ({ resource: "group", pattern: "literal", name: prefix + name, operation }) as const
  const used = new Set([...needs.read, ...needs.write])
  // Who works on the log checks at its start that all topics are there and alike; a sink sees only what it reads.
  const seen = needs.groupPrefixes.length > 0 ? [] : TOPIC_STREAMS.filter((stream) => !used.has(stream))
  return [
    ...needs.read.map((stream) => topic(stream, "read")),
    ...needs.write.map((stream) => topic(stream, "write")),
    ...seen.map((stream) => topic(stream, "describe")),
    ...needs.groups.map((name) => group(name, "read")),
    ...needs.sees.map((name) => group(name, "describe")),
    ...needs.groupPrefixes.map(
      (name) => ({ resource: "group", pattern: "prefixed", name: prefix + name, operation: "read" }) as const,
    ),
    ...needs.transactions.map(
      (name) =>
        ({ resource: "transactional-id", pattern: "prefixed", name: prefix + name, operation: "write" }) as const,
    ),
    ...(needs.administers
      ? [
          ...TOPIC_STREAMS.flatMap((stream) => [topic(stream, "create"), topic(stream, "alter-configs")]),
          // Alter on the cluster is what making ACLs takes.
          ...(["describe", "alter"] as const).map(
            (operation) => ({ resource: "cluster", pattern: "literal", name: CLUSTER, operation }) as const,
          ),
        ]
      : []),
  ]
}

const SHORTENING = ["delete", "alter", "alter-configs"] as const

/** @param assignments every role must be one of ROLES */
export const aclsFor = (assignments: ReadonlyArray<Assignment>, prefix: string): ReadonlyArray<Acl> => {
  const admins = new Set(assignments.filter(({ role }) => ROLES[role]!.administers).map(({ principal }) => principal))
  const acls = new Map<string, Acl>()
  for (const { role, principal } of assignments) {
    const add = (acl: Omit<Acl, "principal" | "host">): void => {
      const whole: Acl = { principal, host: "*", ...acl }
      acls.set(aclKey(whole), whole)
    }
    for (const acl of allowed(role, prefix)) add({ ...acl, permission: "allow" })
    if (admins.has(principal)) continue
    for (const stream of EVIDENCE_STREAMS)
      for (const operation of SHORTENING)
        add({ resource: "topic", pattern: "literal", name: prefix + stream, operation, permission: "deny" })
  }
  return [...acls.values()]
}

export const aclKey = (acl: Acl): string =>
  [acl.principal, acl.host, acl.resource, acl.pattern, acl.name, acl.operation, acl.permission].join("\0")

/** An ACL in words, for people. */
export const describeAcl = (acl: Acl): string =>
  `${acl.permission} ${acl.principal}${acl.host === "*" ? "" : ` from ${acl.host}`} ${acl.operation} on ${acl.resource} ${acl.name}${acl.pattern === "prefixed" ? "*" : ""}`

export interface AclPlan {
  readonly create: ReadonlyArray<Acl>
  /** On topics, groups or transactional ids of the log, or for its principals, and not of the specification. */
  readonly extra: ReadonlyArray<Acl>
}

/** Whether an ACL says something about this log. */
const concerns = (acl: Acl, prefix: string, principals: ReadonlySet<string>): boolean => {
  if (principals.has(acl.principal)) return true
  if (acl.resource === "topic")
    return TOPIC_STREAMS.some((stream) => {
      const name = prefix + stream
      return acl.name === "*" || (acl.pattern === "prefixed" ? name.startsWith(acl.name) : name === acl.name)
    })
  if (acl.resource !== "group" && acl.resource !== "transactional-id") return false
  return acl.name === "*" || OURS[acl.resource].some((name) => matches(acl, prefix + name))
}

const groupsAndTransactions = Object.values(ROLES)
const OURS: Readonly<Record<"group" | "transactional-id", ReadonlyArray<string>>> = {
  group: groupsAndTransactions.flatMap(({ groups }) => groups),
  "transactional-id": groupsAndTransactions.flatMap(({ transactions }) => transactions),
}

const matches = (acl: Acl, name: string): boolean =>
  acl.pattern === "prefixed" ? name.startsWith(acl.name) || acl.name.startsWith(name) : acl.name.startsWith(name)

export const planAcls = (present: ReadonlyArray<Acl>, should: ReadonlyArray<Acl>, prefix: string): AclPlan => {
  const are = new Set(present.map(aclKey))
  const wanted = new Set(should.map(aclKey))
  const principals = new Set(should.map(({ principal }) => principal))
  return {
    create: should.filter((acl) => !are.has(aclKey(acl))),
    extra: present.filter((acl) => !wanted.has(aclKey(acl)) && concerns(acl, prefix, principals)),
  }
}
