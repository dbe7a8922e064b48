/** ACLs to and from the brokers, in the numbers of the protocol. */

import { LogSetupError } from "@assay/log"
import kafkajs, { type AclEntry, type Admin } from "kafkajs"
import type { Acl, AclOperation, AclResource } from "./acl.ts"

const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs

const RESOURCES: Readonly<Record<Exclude<AclResource, "other">, number>> = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  cluster: AclResourceTypes.CLUSTER,
  "transactional-id": AclResourceTypes.TRANSACTIONAL_ID,
}

const OPERATIONS: Readonly<Record<Exclude<AclOperation, "other">, number>> = {
  all: AclOperationTypes.ALL,
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  create: AclOperationTypes.CREATE,
  delete: AclOperationTypes.DELETE,
  alter: AclOperationTypes.ALTER,
  describe: AclOperationTypes.DESCRIBE,
  "cluster-action": AclOperationTypes.CLUSTER_ACTION,
  "describe-configs": AclOperationTypes.DESCRIBE_CONFIGS,
  "alter-configs": AclOperationTypes.ALTER_CONFIGS,
  "idempotent-write": AclOperationTypes.IDEMPOTENT_WRITE,
}

const nameOf = <Name extends string>(table: Readonly<Record<Name, number>>, code: number): Name | "other" =>
  (Object.keys(table) as Array<Name>).find((name) => table[name] === code) ?? "other"

/** Brokers without an authorizer keep no ACLs. */
const withoutAuthorizer = (cause: unknown): unknown =>
  (cause as { type?: string }).type === "SECURITY_DISABLED"
    ? new LogSetupError(
        "the brokers have no authorizer, so everybody may do everything: set authorizer.class.name (and authentication) on the brokers first",
        { cause },
      )
    : cause

/** Every ACL of the cluster. @throws LogSetupError where the brokers have no authorizer, or what kafkajs throws */
export const readAcls = async (admin: Pick<Admin, "describeAcls">): Promise<ReadonlyArray<Acl>> => {
  const { resources } = await admin
    .describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    })
    .catch((cause: unknown) => {
      throw withoutAuthorizer(cause)
    })
  return resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
    acls.map(
      ({ principal, host, operation, permissionType }): Acl => ({
        principal,
        host,
        resource: nameOf(RESOURCES, resourceType),
        pattern: resourcePatternType === ResourcePatternTypes.PREFIXED ? "prefixed" : "literal",
        name: resourceName,
        operation: nameOf(OPERATIONS, operation),
        permission: permissionType === AclPermissionTypes.DENY ? "deny" : "allow",
      }),
    ),
  )
}

/** Creates ACLs; one that is there already stays as it is. @throws as `readAcls` */
export const createAcls = async (admin: Pick<Admin, "createAcls">, acls: ReadonlyArray<Acl>): Promise<void> => {
  if (acls.length === 0) return
  const entries = acls.map((acl): AclEntry => {
    if (acl.resource === "other" || acl.operation === "other")
      throw new RangeError(`an ACL on ${acl.resource} for ${acl.operation} cannot be created`)
    return {
      principal: acl.principal,
      host: acl.host,
      resourceType: RESOURCES[acl.resource],
      resourceName: acl.name,
      resourcePatternType: acl.pattern === "prefixed" ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      operation: OPERATIONS[acl.operation],
      permissionType: acl.permission === "deny" ? AclPermissionTypes.DENY : AclPermissionTypes.ALLOW,
    }
  })
  await admin.createAcls({ acl: entries }).catch((cause: unknown) => {
    throw withoutAuthorizer(cause)
  })
}
