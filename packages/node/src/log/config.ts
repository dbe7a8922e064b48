/** Which log, and how to reach it, from the environment. Nodes read it as part of their configuration, commands alone. */
import { readFileSync } from "node:fs"
import { checkSettings, type KafkaSettings, RETRY_MS } from "@assay/kafka-client/settings"
import { ConfigurationError, fileKeyOf, KAFKA, LOG, refuseUnknownKafkaSettings } from "@assay/settings"
import { type Environment, readSettings, type Values } from "@assay/settings/read"
import * as Redacted from "effect/Redacted"
import { type RegistryConfiguration, readRegistry } from "./registry.ts"

export interface LogConfiguration {
  /** Null: the embedded log in a data directory. */
  readonly kafka: KafkaSettings | null
  /** Null or left out: the ids of schemas are those of the repository. */
  readonly registry?: RegistryConfiguration | null
  /** What is set and has no effect, for people; left out: nothing. */
  readonly warning?: string
}

/** Brokers that are named, and a log that is not theirs only because nothing says so: it would start empty beside the real one. */
const unusedBrokers = (environment: Environment): { readonly warning?: string } =>
  environment[KAFKA.brokers.key] && environment[LOG.engine.key] === undefined
    ? {
        warning:
          "KAFKA_BROKERS is set, but LOG is not: the log is the embedded one in a data directory. Set LOG=kafka to use the brokers, or LOG=embedded to say that it is meant so",
      }
    : {}

type LogKeys = Values<typeof KAFKA>

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
    const named = (["tlsCa", "tlsCert", "tlsKey"] as const).find((name) => keys[name] !== null)
    if (named !== undefined)
      throw new ConfigurationError(`configuration: ${KAFKA[named].key} is set, but KAFKA_TLS is not true`)
    return null
  }
  if ((tlsCert === null) !== (tlsKey === null))
    throw new ConfigurationError("configuration: KAFKA_TLS_CERT and KAFKA_TLS_KEY go together: one is missing")
  const key = pem(KAFKA.tlsKey.key, tlsKey)
  return {
    ca: pem(KAFKA.tlsCa.key, tlsCa),
    cert: pem(KAFKA.tlsCert.key, tlsCert),
    key: key === null ? null : Redacted.make(key),
  }
}

const saslOf = (keys: LogKeys): KafkaSettings["sasl"] => {
  const { mechanism, username, password } = keys
  if (mechanism === null) {
    if (username === null && password === null) return null
    throw new ConfigurationError(
      "configuration: KAFKA_SASL_MECHANISM is missing beside KAFKA_SASL_USERNAME or its password: plain, scram-sha-256 or scram-sha-512",
    )
  }
  if (username === null)
    throw new ConfigurationError(`configuration: KAFKA_SASL_USERNAME is needed: KAFKA_SASL_MECHANISM is ${mechanism}`)
  if (password === null)
    throw new ConfigurationError(
      `configuration: KAFKA_SASL_MECHANISM is ${mechanism}: give KAFKA_SASL_PASSWORD or ${fileKeyOf(KAFKA.password)}`,
    )
  return { mechanism, username, password }
}

/** @throws ConfigurationError, LogSetupError: either names the key */
export const readLogConfiguration = (environment: Environment): LogConfiguration => {
  const { engine } = readSettings(LOG, environment)
  const keys = readSettings(KAFKA, environment)
  if (engine === "embedded") return { kafka: null, ...unusedBrokers(environment) }
  refuseUnknownKafkaSettings(environment)
  if (keys.brokers === null)
    throw new ConfigurationError("configuration: LOG is kafka: KAFKA_BROKERS must name at least one host:port")
  const { clientId, prefix, sessionTimeoutMs, transactionTimeoutMs } = keys
  const kafka: KafkaSettings = {
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
    retryMs: RETRY_MS,
    zstd: keys.compression === "zstd",
  }
  checkSettings(kafka)
  return { registry: readRegistry(environment), kafka }
}
