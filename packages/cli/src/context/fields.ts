/** What a context says: options of `assay context add`, each in place of one variable. Secrets only by the file that has them. */
import {
  COMMAND,
  type Environment,
  fileKeyOf,
  isSecret,
  KAFKA,
  LOG,
  READ_MODEL,
  REGISTRY,
  SETTINGS,
} from "@assay/settings"
import type { Arguments } from "../command.ts"

/** Whose address it goes with. What is known of one must not be shown to another. */
type Of = "node" | "log" | "registry" | "machine"

export interface Field {
  readonly key: string
  readonly of: Of
  /** A path is kept absolute: the next call comes from another directory. */
  readonly kind: "text" | "path" | "flag"
  readonly value: string
  readonly help: string
}

const field = (key: string, of: Of, value: string, help: string, kind: Field["kind"] = "text"): Field => ({
  key,
  of,
  kind,
  value,
  help,
})

export const FIELDS: Readonly<Record<string, Field>> = {
  url: field(COMMAND.url.key, "node", "URL", "a node"),
  "token-file": field(fileKeyOf(COMMAND.token), "node", "FILE", "has the bearer token for it", "path"),
  brokers: field(KAFKA.brokers.key, "log", "HOST:PORT,...", "the log is on Kafka, at these brokers"),
  prefix: field(KAFKA.prefix.key, "log", "TEXT", "before every name there"),
  "sasl-mechanism": field(KAFKA.mechanism.key, "log", "NAME", "plain, scram-sha-256 or scram-sha-512"),
  "sasl-username": field(KAFKA.username.key, "log", "NAME", "the name shown to the brokers"),
  "sasl-password-file": field(fileKeyOf(KAFKA.password), "log", "FILE", "has the password for them", "path"),
  tls: field(KAFKA.tls.key, "log", "", "connections to brokers use TLS", "flag"),
  "tls-ca": field(KAFKA.tlsCa.key, "log", "FILE", "the brokers' authority", "path"),
  "tls-cert": field(KAFKA.tlsCert.key, "log", "FILE", "our certificate for them", "path"),
  "tls-key": field(KAFKA.tlsKey.key, "log", "FILE", "its key", "path"),
  registry: field(REGISTRY.url.key, "registry", "URL", "the schema registry"),
  "registry-user": field(REGISTRY.user.key, "registry", "NAME", "the name shown to it"),
  "registry-password-file": field(fileKeyOf(REGISTRY.password), "registry", "FILE", "has the password for it", "path"),
  "redis-url-file": field(fileKeyOf(READ_MODEL.redisUrl), "machine", "FILE", "has the URL of the read model", "path"),
  data: field(COMMAND.data.key, "machine", "DIR", "the data directory", "path"),
  roots: field(COMMAND.roots.key, "machine", "FILE", "the pinned roots", "path"),
}

/** By the name of its option. */
export type Context = Readonly<Record<string, string>>

/** All variables that a context stands for. */
export const variablesOf = (context: Context): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(context).map(([name, value]) => [FIELDS[name]!.key, value])),
  ...(context["brokers"] === undefined ? {} : { [LOG.engine.key]: "kafka" }),
})

const FILES: ReadonlyMap<string, string> = new Map(
  SETTINGS.filter(isSecret).map((setting) => [fileKeyOf(setting), setting.key]),
)

/** The variables that say where something is. */
const ADDRESSES: Readonly<Record<Of, ReadonlyArray<string>>> = {
  node: [COMMAND.url.key],
  log: [LOG.engine.key, KAFKA.brokers.key],
  registry: [REGISTRY.url.key],
  machine: [],
}

/**
 * What of a context counts in one call. The call and the environment win; and where they name another node, other brokers or
 * another registry, nothing of the context's counts there: its token or password would be shown to somebody else.
 * @param environment without any context
 */
export const countingOf = (
  context: Context,
  environment: Environment,
  given: Pick<Arguments, "isGiven">,
): Environment => {
  const isSet = (key: string): boolean => environment[key] !== undefined
  const elsewhere = (of: Of): boolean => ADDRESSES[of].some(isSet) || (of === "node" && given.isGiven("url"))
  const of = new Map([...Object.values(FIELDS).map((one) => [one.key, one.of] as const), [LOG.engine.key, "log"]])
  return Object.fromEntries(
    Object.entries(variablesOf(context)).filter(([key]) => {
      const secret = FILES.get(key)
      if (isSet(key) || (secret !== undefined && isSet(secret))) return false
      if (secret === COMMAND.token.key && given.isGiven("token")) return false
      return !elsewhere(of.get(key) as Of)
    }),
  )
}
