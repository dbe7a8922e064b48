/** The configuration of a node, from the environment. Everything is checked before anything starts; an error names its key. */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

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

export type NodeConfiguration = Config.Success<typeof NodeConfig>

/** What is wrong with the configuration; `message` names the key. The caller's duty: correct it; trying again does not help. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError"
}

/** @throws ConfigurationError */
export const readConfiguration = (environment: Readonly<Record<string, string | undefined>>): NodeConfiguration => {
  const env: Record<string, string> = {}
  for (const [key, value] of Object.entries(environment)) if (value !== undefined) env[key] = value
  const provided = Effect.gen(function* () {
    return yield* NodeConfig
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  const result = Effect.runSync(Effect.result(provided))
  if (result._tag === "Success") return result.success
  throw new ConfigurationError(`configuration: ${result.failure.message}`)
}
