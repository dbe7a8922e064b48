/** What the brokers refuse a principal on an open log, as an error for people: which right, and the roles that have it. */
import { causesOf, whoWeAre } from "@assay/kafka-client"
import type { KafkaSettings } from "@assay/kafka-client/settings"
import { ForbiddenError } from "@assay/log"
import { type Rights, rightsOf } from "./rights.ts"
import type { Roles } from "./streams-and-roles.ts"

/** What a call of the port asks for; streams and groups without the prefix. */
export type Asked =
  | { readonly to: "read"; readonly stream: string }
  | { readonly to: "append to"; readonly stream: string }
  | { readonly to: "work for" | "see"; readonly group: string; readonly writes?: ReadonlyArray<string> }

const rolesFor = (asked: Asked, roles: Roles): ReadonlyArray<string> => {
  const rolesWith = (has: (rights: Rights) => boolean): ReadonlyArray<string> =>
    Object.entries(roles)
      .filter(([, role]) => has(rightsOf(role)))
      .map(([name]) => name)
  switch (asked.to) {
    case "read":
      return rolesWith(({ read }) => read.includes(asked.stream))
    case "append to":
      return rolesWith(({ write }) => write.includes(asked.stream))
    case "work for":
      return rolesWith(({ groups }) => groups.includes(asked.group))
    case "see":
      return rolesWith(({ groups, sees }) => groups.includes(asked.group) || sees.includes(asked.group))
  }
}

const describe = (asked: Asked, type: string, prefix: string): string => {
  if ("stream" in asked) return `${asked.to} the topic ${prefix}${asked.stream}`
  const { to, group, writes = [] } = asked
  const what = `${to} the group ${prefix}${group}`
  if (type === "TRANSACTIONAL_ID_AUTHORIZATION_FAILED") return `${what} under its transactional id`
  if (type === "TOPIC_AUTHORIZATION_FAILED" && writes.length > 0)
    return `${what} on ${writes.map((stream) => prefix + stream).join(", ")}`
  return what
}

/** @returns null where the cause is anything else */
export const forbiddenBy = (
  cause: unknown,
  asked: Asked,
  settings: KafkaSettings,
  roles: Roles,
): ForbiddenError | null => {
  const refusal = causesOf(cause).find(({ type }) => type?.endsWith("_AUTHORIZATION_FAILED"))
  if (refusal === undefined) return null
  const having = rolesFor(asked, roles)
  const grant =
    having.length === 0
      ? "no role of ours has that right"
      : `it needs the role ${having.join(" or ")}: grant it with assay topics apply --principals ... --acls, or use another principal`
  return new ForbiddenError(
    `${whoWeAre(settings)} may not ${describe(asked, refusal.type!, settings.prefix)} (${refusal.type}); ${grant}`,
    { cause },
  )
}
