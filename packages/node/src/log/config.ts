/** Which log, and how to reach it, from the environment. Nodes read it as part of their configuration, commands alone. */
import { readFileSync } from "node:fs"
import { checkSettings, KAFKA_DEFAULTS, type KafkaSettings } from "@assay/kafka-client/settings"
import { type RegistrySettings, registrySettings, SchemaRegistryError } from "@assay/schemas"
import { ConfigurationError } from "@assay/settings"
import * as Config from "effect/Config"
import * as Schema from "effect/Schema"
import { type Environment, optional, readKeys, whole, withDefault } from "../config-keys.ts"

export interface LogConfiguration {
  /** Null: the embedded log in a data directory. */
  readonly kafka: KafkaSettings | null
  /** Null or left out: the ids of schemas are those of the repository. */
  readonly registry?: RegistrySettings | null
}

const yesOrNo = Schema.Literals(["true", "false"])

const LogKeys = Config.all({
  engine: withDefault("LOG", Schema.Literals(["embedded", "kafka"]), "embedded"),
  brokers: optional("KAFKA_BROKERS"),
  prefix: withDefault("ASSAY_STREAM_PREFIX", Schema.String, KAFKA_DEFAULTS.prefix),
  clientId: withDefault("KAFKA_CLIENT_ID", Schema.NonEmptyString, KAFKA_DEFAULTS.clientId),
  tls: withDefault("KAFKA_TLS", yesOrNo, "false"),
  tlsCa: optional("KAFKA_TLS_CA"),
  tlsCert: optional("KAFKA_TLS_CERT"),
  tlsKey: optional("KAFKA_TLS_KEY"),
  mechanism: Config.schema(Schema.Literals(["plain", "scram-sha-256", "scram-sha-512"]), "KAFKA_SASL_MECHANISM").pipe(
    Config.withDefault(null),
  ),
  username: optional("KAFKA_SASL_USERNAME"),
  password: optional("KAFKA_SASL_PASSWORD"),
  passwordFile: optional("KAFKA_SASL_PASSWORD_FILE"),
  allowInsecure: withDefault("KAFKA_ALLOW_INSECURE", yesOrNo, "false"),
  sessionTimeoutMs: withDefault("KAFKA_SESSION_TIMEOUT_MS", whole(1_000, 600_000), KAFKA_DEFAULTS.sessionTimeoutMs),
  transactionTimeoutMs: withDefault(
    "KAFKA_TRANSACTION_TIMEOUT_MS",
    whole(1_000, 900_000),
    KAFKA_DEFAULTS.transactionTimeoutMs,
  ),
  /** Of what we write; what is read tells its own. */
  compression: withDefault("KAFKA_COMPRESSION", Schema.Literals(["zstd", "none"]), "zstd"),
})
type LogKeys = Config.Success<typeof LogKeys>

const KAFKA_KEYS: ReadonlySet<string> = new Set(
  [
    "BROKERS",
    "CLIENT_ID",
    "TLS",
    "TLS_CA",
    "TLS_CERT",
    "TLS_KEY",
    "SASL_MECHANISM",
    "SASL_USERNAME",
    "SASL_PASSWORD",
    "SASL_PASSWORD_FILE",
    "ALLOW_INSECURE",
    "SESSION_TIMEOUT_MS",
    "TRANSACTION_TIMEOUT_MS",
    "COMPRESSION",
  ].map((name) => `KAFKA_${name}`),
)

/** Not ours, and no mistakes: what Kafka's own scripts read, and what Kubernetes sets beside a service named `kafka`. */
const OTHERS =
  /^KAFKA_(HOME|OPTS|DEBUG|MODE|JMX_OPTS|HEAP_OPTS|GC_LOG_OPTS|LOG4J_OPTS|LOG4J_CMD_OPTS|JVM_PERFORMANCE_OPTS|SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$/

/** A mistyped key would silently leave its default in force: no TLS, say. @throws ConfigurationError */
const refuseUnknown = (environment: Environment): void => {
  for (const [key, value] of Object.entries(environment)) {
    if (value === undefined || !key.startsWith("KAFKA_") || KAFKA_KEYS.has(key) || OTHERS.test(key)) continue
    throw new ConfigurationError(`configuration: ${key} is no key of ours; they are ${[...KAFKA_KEYS].join(", ")}`)
  }
}

const fileOf = (key: string, path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch (cause) {
    throw new ConfigurationError(`configuration: ${key}: ${path} cannot be read: ${(cause as Error).message}`)
  }
}
const pem = (key: string, path: string | null): string | null => {
  if (path === null) return null
  const text = fileOf(key, path)
  if (!text.includes("-----BEGIN ")) throw new ConfigurationError(`configuration: ${key}: ${path} is no PEM file`)
  return text
}

const tlsOf = (keys: LogKeys): KafkaSettings["tls"] => {
  const { tls, tlsCa, tlsCert, tlsKey } = keys
  if (tls === "false") {
    const [key] = Object.entries({ KAFKA_TLS_CA: tlsCa, KAFKA_TLS_CERT: tlsCert, KAFKA_TLS_KEY: tlsKey }).find(
      ([, path]) => path !== null,
    ) ?? [null]
    if (key !== null) throw new ConfigurationError(`configuration: ${key} is set, but KAFKA_TLS is not true`)
    return null
  }
  if ((tlsCert === null) !== (tlsKey === null))
    throw new ConfigurationError("configuration: KAFKA_TLS_CERT and KAFKA_TLS_KEY go together: one is missing")
  return { ca: pem("KAFKA_TLS_CA", tlsCa), cert: pem("KAFKA_TLS_CERT", tlsCert), key: pem("KAFKA_TLS_KEY", tlsKey) }
}

const saslOf = (keys: LogKeys): KafkaSettings["sasl"] => {
  const { mechanism, username, password, passwordFile } = keys
  if (mechanism === null) {
    if (username === null && password === null && passwordFile === null) return null
    throw new ConfigurationError(
      "configuration: KAFKA_SASL_MECHANISM is missing beside KAFKA_SASL_USERNAME or its password: plain, scram-sha-256 or scram-sha-512",
    )
  }
  if (username === null)
    throw new ConfigurationError(`configuration: KAFKA_SASL_USERNAME is needed: KAFKA_SASL_MECHANISM is ${mechanism}`)
  if ((password === null) === (passwordFile === null))
    throw new ConfigurationError(
      `configuration: KAFKA_SASL_MECHANISM is ${mechanism}: give one of KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE`,
    )
  const secret = password ?? fileOf("KAFKA_SASL_PASSWORD_FILE", passwordFile!).replace(/\r?\n$/, "")
  return { mechanism, username, password: secret }
}

const registryOf = (environment: Environment): RegistrySettings | null => {
  try {
    return registrySettings(environment)
  } catch (cause) {
    if (!(cause instanceof SchemaRegistryError)) throw cause
    throw new ConfigurationError(`configuration: ${cause.message}`)
  }
}

/** @throws ConfigurationError, LogSetupError: either names the key */
export const readLogConfiguration = (environment: Environment): LogConfiguration => {
  const keys = readKeys(LogKeys, environment)
  if (keys.engine === "embedded") return { kafka: null }
  refuseUnknown(environment)
  if (keys.brokers === null)
    throw new ConfigurationError("configuration: LOG is kafka: KAFKA_BROKERS must name at least one host:port")
  if (!/^[A-Za-z0-9._-]{0,100}$/.test(keys.prefix))
    throw new ConfigurationError(
      `configuration: ASSAY_STREAM_PREFIX is ${JSON.stringify(keys.prefix)}: expected at most 100 letters, digits, ".", "_" or "-"`,
    )
  const { clientId, prefix, sessionTimeoutMs, transactionTimeoutMs } = keys
  return {
    registry: registryOf(environment),
    kafka: checkSettings({
      ...KAFKA_DEFAULTS,
      brokers: keys.brokers
        .split(",")
        .map((broker) => broker.trim())
        .filter((broker) => broker !== ""),
      prefix,
      clientId,
      tls: tlsOf(keys),
      sasl: saslOf(keys),
      allowInsecure: keys.allowInsecure === "true",
      sessionTimeoutMs,
      transactionTimeoutMs,
      zstd: keys.compression === "zstd",
    }),
  }
}
