/** An ACL of Kafka: what one principal may or may not do. */

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
  /** As the brokers know it, for example `User:alice`. */
  readonly principal: string
  readonly host: string
  readonly resource: AclResource
  readonly pattern: "literal" | "prefixed"
  readonly name: string
  readonly operation: AclOperation
  readonly permission: "allow" | "deny"
}

/** The same text for the same ACL. */
export const aclKey = (acl: Acl): string =>
  [acl.principal, acl.host, acl.resource, acl.pattern, acl.name, acl.operation, acl.permission].join("\0")

/** An ACL as a line for people. */
export const describeAcl = (acl: Acl): string =>
  `${acl.permission} ${acl.principal}${acl.host === "*" ? "" : ` from ${acl.host}`} ${acl.operation} on ${acl.resource} ${acl.name}${acl.pattern === "prefixed" ? "*" : ""}`
