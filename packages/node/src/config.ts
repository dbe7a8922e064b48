/** The configuration of a node, from the environment. Everything is checked before anything starts; an error names its key. */

import { ConfigurationError } from "@assay/settings"
import * as Config from "effect/Config"
import * as Schema from "effect/Schema"
import { type Environment, optional, readKeys, whole, withDefault } from "./config-keys.ts"
import { type LogConfiguration, readLogConfiguration } from "./log/config.ts"

/** Every key that a node reads beside those of its log. docs/guides/configuration.md and `assay run --help` list the same. */
const NodeConfig = Config.all({
  topology: withDefault("ASSAY_TOPOLOGY", Schema.Literals(["chained", "staged"]), "chained"),
  /** Null: what the engine does best with (`runner/limits.ts`). */
  batchRecords: Config.schema(whole(1, 10_000), "ASSAY_BATCH_RECORDS").pipe(Config.withDefault(null)),
  /** Null: the engine's. */
  lingerMs: Config.schema(whole(0, 10_000), "ASSAY_LINGER_MS").pipe(Config.withDefault(null)),
  tickMs: withDefault("ASSAY_TICK_MS", whole(10, 3_600_000), 1_000),
  httpHost: withDefault("ASSAY_HTTP_HOST", Schema.NonEmptyString, "127.0.0.1"),
  httpPort: withDefault("ASSAY_HTTP_PORT", whole(0, 65_535), 7070),
  httpTokens: withDefault("ASSAY_HTTP_TOKENS", Schema.String, ""),
  tlsCert: optional("ASSAY_HTTP_TLS_CERT"),
  tlsKey: optional("ASSAY_HTTP_TLS_KEY"),
  tlsCa: optional("ASSAY_HTTP_TLS_CA"),
  /** `CN=right+right`, comma-separated: what a verified client certificate may do. */
  tlsRights: withDefault("ASSAY_HTTP_TLS_RIGHTS", Schema.String, ""),
  quotaPerSecond: withDefault("ASSAY_QUOTA_PER_SECOND", whole(1, 10_000_000), 20_000),
  maxBacklog: withDefault("ASSAY_MAX_BACKLOG", whole(1, 1_000_000_000), 200_000),
  verifyThreads: withDefault("ASSAY_VERIFY_THREADS", whole(0, 256), 0),
  stallMs: withDefault("ASSAY_STALL_MS", whole(1_000, 3_600_000), 30_000),
  /** Where local snapshots of the state go; null: none are taken. */
  snapshots: optional("ASSAY_SNAPSHOTS"),
  /** Goes on from the group's offset although the state was written at another: somebody moved it on purpose. */
  acceptMoved: withDefault("ASSAY_ACCEPT_MOVED", Schema.Literals(["true", "false"]), "false"),
  /** Whether this process seals the audit stream; `auto`: where it should, and has a directory to do it in. */
  seal: withDefault("ASSAY_SEAL", Schema.Literals(["auto", "on", "off"]), "auto"),
  otlpEndpoint: optional("OTEL_EXPORTER_OTLP_ENDPOINT"),
  /** Where the shared read model lies; null: there is none. */
  redisUrl: optional("REDIS_URL"),
})

/** Keys of the environment that begin like ours; those of the second line belong to the command, not to the node. */
const KEYS: ReadonlySet<string> = new Set(
  [
    ...[
      "TOPOLOGY",
      "BATCH_RECORDS",
      "LINGER_MS",
      "TICK_MS",
      "HTTP_HOST",
      "HTTP_PORT",
      "HTTP_TOKENS",
      "HTTP_TLS_CERT",
      "HTTP_TLS_KEY",
      "HTTP_TLS_CA",
      "HTTP_TLS_RIGHTS",
      "QUOTA_PER_SECOND",
      "MAX_BACKLOG",
      "VERIFY_THREADS",
      "STALL_MS",
      "SNAPSHOTS",
      "ACCEPT_MOVED",
      "SEAL",
      "STREAM_PREFIX",
    ],
    ...["URL", "TOKEN", "DATA", "ROOTS", "DEBUG"],
  ].map((name) => `ASSAY_${name}`),
)

/** Read by the scripts that start servers for development (infra/), and not by a node: they may be exported all the same. */
const OF_SCRIPTS: ReadonlySet<string> = new Set([
  ...["PORT", "DATA", "HEAP", "NODES", "CACHE"].map((name) => `ASSAY_KAFKA_${name}`),
  ...["PORT", "DATA", "HEAP", "CACHE"].map((name) => `ASSAY_REGISTRY_${name}`),
  ...["PORT", "DATA"].map((name) => `ASSAY_REDIS_${name}`),
])

export type NodeConfiguration = Config.Success<typeof NodeConfig> & LogConfiguration

/** @throws ConfigurationError, LogSetupError: either names the key */
export const readConfiguration = (environment: Environment): NodeConfiguration => {
  for (const [key, value] of Object.entries(environment)) {
    // A mistyped key would silently leave its default in force: ASSAY_HTTP_TOKEN, say, and no token is asked for.
    if (value !== undefined && key.startsWith("ASSAY_") && !KEYS.has(key) && !OF_SCRIPTS.has(key))
      throw new ConfigurationError(`configuration: ${key} is no key of a node; they are ${[...KEYS].join(", ")}`)
  }
  const node = readKeys(NodeConfig, environment)
  const { otlpEndpoint } = node
  if (otlpEndpoint !== null && !/^https?:/.test(URL.parse(otlpEndpoint)?.protocol ?? "")) {
    throw new ConfigurationError(
      `configuration: OTEL_EXPORTER_OTLP_ENDPOINT is ${JSON.stringify(otlpEndpoint)}: expected an http or https URL`,
    )
  }
  return { ...node, ...readLogConfiguration(environment) }
}
