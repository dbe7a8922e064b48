/** The configuration of a node, from the environment. Everything is checked before anything starts; an error names its key. */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ConfigurationError } from "./configuration-error.ts"

export { ConfigurationError } from "./configuration-error.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.FiniteFromString.pipe(Schema.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })))

const withDefault = <A>(key: string, schema: Schema.Codec<A, string>, value: A) =>
  Config.schema(schema, key).pipe(Config.withDefault(value))

const optional = (key: string) => Config.schema(Schema.NonEmptyString, key).pipe(Config.withDefault(null))

/** Every key that a node reads. README and `assay run --help` list the same. */
export const NodeConfig = Config.all({
  topology: withDefault("ASSAY_TOPOLOGY", Schema.Literals(["chained", "staged"]), "chained"),
  batchRecords: withDefault("ASSAY_BATCH_RECORDS", whole(1, 10_000), 512),
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
  otlpEndpoint: optional("OTEL_EXPORTER_OTLP_ENDPOINT"),
})

/** Keys of the environment that begin like ours; those of the second line belong to the command, not to the node. */
const KEYS: ReadonlySet<string> = new Set(
  [
    ...[
      "TOPOLOGY",
      "BATCH_RECORDS",
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
    ],
    ...["TOKEN", "DATA", "ROOTS", "DEBUG"],
  ].map((name) => `ASSAY_${name}`),
)

export type NodeConfiguration = Config.Success<typeof NodeConfig>

/** "KEY is VALUE: what is expected", from a schema's `what is expected at ["KEY"]`. */
const inWords = (message: string, env: Readonly<Record<string, string>>): string => {
  const [, expected, key] = /^(?:SchemaError\()?([\s\S]*?)\s+at \["([A-Z_]+)"\]/.exec(message) ?? []
  if (expected === undefined || key === undefined) return message
  return `${key} is ${JSON.stringify(env[key] ?? "")}: ${expected.charAt(0).toLowerCase()}${expected.slice(1)}`
}

/** @throws ConfigurationError */
export const readConfiguration = (environment: Readonly<Record<string, string | undefined>>): NodeConfiguration => {
  const env: Record<string, string> = {}
  for (const [key, value] of Object.entries(environment)) {
    if (value === undefined) continue
    // A mistyped key would silently leave its default in force: ASSAY_HTTP_TOKEN, say, and no token is asked for.
    if (key.startsWith("ASSAY_") && !KEYS.has(key))
      throw new ConfigurationError(`configuration: ${key} is no key of a node; they are ${[...KEYS].join(", ")}`)
    env[key] = value
  }
  const provided = Effect.gen(function* () {
    return yield* NodeConfig
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  const result = Effect.runSync(Effect.result(provided))
  if (result._tag === "Success") {
    const { otlpEndpoint } = result.success
    if (otlpEndpoint !== null && !/^https?:/.test(URL.parse(otlpEndpoint)?.protocol ?? "")) {
      throw new ConfigurationError(
        `configuration: OTEL_EXPORTER_OTLP_ENDPOINT is ${JSON.stringify(otlpEndpoint)}: expected an http or https URL`,
      )
    }
    return result.success
  }
  throw new ConfigurationError(`configuration: ${inWords(result.failure.message, env)}`)
}
