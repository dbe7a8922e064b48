/**
 * The ACLs of a log: from who works on it to what each principal may do. Pure.
 *
 * Brokers refuse what nobody allows, so these are the whole of what our principals may do. On top of that stands a refusal
 * of everything that could shorten the evidence (delete records or the topic, alter it), for every principal but the
 * admin's: a refusal wins over any wider permission that somebody grants later. Principals that are `super.users` of the
 * brokers are beyond all ACLs: Assay's own should not be.
 */
import { type Acl, type AclOperation, aclKey } from "@assay/kafka-client"
import { withOwn } from "../log/own-streams.ts"
import { type Rights, rightsOf } from "../log/rights.ts"
import type { LogUse } from "../log/streams-and-roles.ts"

/** Who has a role; a role may have several principals, and a principal several roles. */
export interface Assignment {
  readonly role: string
  readonly principal: string
}

/** The cluster itself, as ACLs name it. */
const CLUSTER = "kafka-cluster"

/** Read and Write include Describe, so it stands only where there is neither. Idempotent writing needs none since Kafka 2.8. */
const allowed = (
  needs: Rights,
  all: ReadonlyArray<string>,
  prefix: string,
): ReadonlyArray<Omit<Acl, "principal" | "host" | "permission">> => {
  const topic = (stream: string, operation: AclOperation) =>
    ({ resource: "topic", pattern: "literal", name: prefix + stream, operation }) as const
  const group = (name: string, operation: AclOperation) =>
    ({ resource: "group", pattern: "literal", name: prefix + name, operation }) as const
  const used = new Set([...needs.read, ...needs.write])
  // Who works on the log checks at its start that all topics are there and alike; a sink sees only what it reads.
  const seen = needs.groupPrefixes.length > 0 ? [] : all.filter((stream) => !used.has(stream))
  return [
    ...needs.read.map((stream) => topic(stream, "read")),
    ...needs.write.map((stream) => topic(stream, "write")),
    ...seen.map((stream) => topic(stream, "describe")),
    ...needs.groups.map((name) => group(name, "read")),
    ...needs.sees.map((name) => group(name, "describe")),
    ...needs.groupPrefixes.map(
      (name) => ({ resource: "group", pattern: "prefixed", name: prefix + name, operation: "read" }) as const,
    ),
    // A sink commits the position of its group in a transaction that holds nothing else.
    ...[...needs.transactions, ...needs.groupPrefixes].map(
      (name) =>
        ({ resource: "transactional-id", pattern: "prefixed", name: prefix + name, operation: "write" }) as const,
    ),
    ...(needs.seesSettings ? all.map((stream) => topic(stream, "describe-configs")) : []),
    ...(needs.administers
      ? [
          ...all.flatMap((stream) => [topic(stream, "create"), topic(stream, "alter-configs")]),
          // Alter on the cluster is what making ACLs takes.
          ...(["describe", "alter"] as const).map(
            (operation) => ({ resource: "cluster", pattern: "literal", name: CLUSTER, operation }) as const,
          ),
        ]
      : []),
  ]
}

const SHORTENING = ["delete", "alter", "alter-configs"] as const

const allStreams = ({ streams }: LogUse): ReadonlyArray<string> => withOwn(streams.map(({ stream }) => stream))

/** @param assignments every role must be one of `use.roles` */
export const aclsFor = (use: LogUse, assignments: ReadonlyArray<Assignment>, prefix: string): ReadonlyArray<Acl> => {
  const all = allStreams(use)
  const evidence = use.streams.filter((spec) => spec.evidence)
  const admins = new Set(
    assignments.filter(({ role }) => use.roles[role]!.administers).map(({ principal }) => principal),
  )
  const acls = new Map<string, Acl>()
  for (const { role, principal } of assignments) {
    const add = (acl: Omit<Acl, "principal" | "host">): void => {
      const whole: Acl = { principal, host: "*", ...acl }
      acls.set(aclKey(whole), whole)
    }
    for (const acl of allowed(rightsOf(use.roles[role]!), all, prefix)) add({ ...acl, permission: "allow" })
    if (admins.has(principal)) continue
    for (const { stream } of evidence)
      for (const operation of SHORTENING)
        add({ resource: "topic", pattern: "literal", name: prefix + stream, operation, permission: "deny" })
  }
  return [...acls.values()]
}

export interface AclPlan {
  readonly create: ReadonlyArray<Acl>
  /** On topics, groups or transactional ids of the log, or for its principals, and not of the specification. */
  readonly extra: ReadonlyArray<Acl>
}

/** Whether an ACL says something about this log. */
const concerns = (acl: Acl, use: LogUse, prefix: string, principals: ReadonlySet<string>): boolean => {
  if (principals.has(acl.principal)) return true
  if (acl.resource === "topic")
    return allStreams(use).some((stream) => {
      const name = prefix + stream
      return acl.name === "*" || (acl.pattern === "prefixed" ? name.startsWith(acl.name) : name === acl.name)
    })
  if (acl.resource !== "group" && acl.resource !== "transactional-id") return false
  return acl.name === "*" || oursOf(use, acl.resource).some((name) => matches(acl, prefix + name))
}

const oursOf = ({ roles }: LogUse, resource: "group" | "transactional-id"): ReadonlyArray<string> =>
  Object.values(roles)
    .map(rightsOf)
    .flatMap(({ groups, transactions }) => (resource === "group" ? groups : transactions))

const matches = (acl: Acl, name: string): boolean =>
  acl.pattern === "prefixed" ? name.startsWith(acl.name) || acl.name.startsWith(name) : acl.name.startsWith(name)

export const planAcls = (
  use: LogUse,
  present: ReadonlyArray<Acl>,
  should: ReadonlyArray<Acl>,
  prefix: string,
): AclPlan => {
  const are = new Set(present.map(aclKey))
  const wanted = new Set(should.map(aclKey))
  const principals = new Set(should.map(({ principal }) => principal))
  return {
    create: should.filter((acl) => !are.has(aclKey(acl))),
    extra: present.filter((acl) => !wanted.has(aclKey(acl)) && concerns(acl, use, prefix, principals)),
  }
}
