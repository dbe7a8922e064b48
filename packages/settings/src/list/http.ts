/** Settings of the HTTP server, of telemetry, of the read model, and of the commands around a node. */
import { optional, secret, text, whole } from "../setting.ts"

export const HTTP = {
  httpHost: text({
    key: "ASSAY_HTTP_HOST",
    part: "http",
    form: "an address",
    fallback: "127.0.0.1",
    about: "The address to listen on",
    more: "Beyond loopback it needs tokens, or client certificates with rights",
  }),
  httpPort: whole({
    key: "ASSAY_HTTP_PORT",
    part: "http",
    minimum: 0,
    maximum: 65_535,
    fallback: 7070,
    about: "The port to listen on; 0 picks a free one",
  }),
  httpTokens: secret(
    text({
      key: "ASSAY_HTTP_TOKENS",
      part: "http",
      form: "`principal:right+right:sha256`, comma-separated",
      empty: true,
      fallback: "",
      about: "Who may do what with which bearer token",
    }),
  ),
  tlsCert: optional({
    key: "ASSAY_HTTP_TLS_CERT",
    part: "http",
    form: "a PEM file",
    about: "The certificate, TLS 1.3 only; goes with the key",
  }),
  tlsKey: optional({ key: "ASSAY_HTTP_TLS_KEY", part: "http", form: "a PEM file", about: "The private key" }),
  tlsCa: optional({
    key: "ASSAY_HTTP_TLS_CA",
    part: "http",
    form: "a PEM file",
    about: "The authority whose client certificates count",
  }),
  tlsRights: text({
    key: "ASSAY_HTTP_TLS_RIGHTS",
    part: "http",
    form: "`CN=right+right`, comma-separated",
    empty: true,
    fallback: "",
    about: "What a client certificate that the authority signed may do",
  }),
  quotaPerSecond: whole({
    key: "ASSAY_QUOTA_PER_SECOND",
    part: "http",
    minimum: 1,
    maximum: 10_000_000,
    fallback: 20_000,
    about: "Messages per second of each principal; as many at once",
  }),
  maxBacklog: whole({
    key: "ASSAY_MAX_BACKLOG",
    part: "http",
    minimum: 1,
    maximum: 1_000_000_000,
    fallback: 200_000,
    about: "Undecided entries above which callers get 429",
  }),
} as const

export const TELEMETRY = {
  otlpEndpoint: optional({
    key: "OTEL_EXPORTER_OTLP_ENDPOINT",
    part: "telemetry",
    form: "an http or https URL",
    about: "Where traces and metrics are sent; without it the SDK is not even loaded",
    more: "All other variables of the OpenTelemetry SDK count too, such as `OTEL_SERVICE_NAME` (default: the name of the service)",
  }),
} as const

export const READ_MODEL = {
  redisUrl: secret(
    optional({
      key: "REDIS_URL",
      part: "read-model",
      form: "`redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS",
      about: "Feeds the shared read model there, and answers from it",
    }),
  ),
} as const

/** The data directory of the embedded log, where nothing names one. On Kafka there is none. */
export const DEFAULT_DATA_DIR = "data"

/** Read by commands and by `services/<name>/src/main.ts`, which have no command line of their own. */
export const COMMAND = {
  url: text({
    key: "ASSAY_URL",
    part: "command",
    form: "an http or https URL",
    fallback: "http://127.0.0.1:7070",
    about: "Commands that call a node: its address, where `--url` is not given",
  }),
  data: optional({
    key: "ASSAY_DATA",
    part: "command",
    form: "a directory",
    shown: `\`${DEFAULT_DATA_DIR}\`, on Kafka none`,
    about:
      "The data directory, for `services/<name>/src/main.ts` and for every command with `--data` where that is not given",
    more: "On Kafka only integrity-hasher has a use for one: it seals there",
  }),
  roots: text({
    key: "ASSAY_ROOTS",
    part: "command",
    form: "a file",
    fallback: "roots.json",
    about:
      "The file of pinned roots, for `services/<name>/src/main.ts` and for every command with `--roots` where that is not given",
  }),
  token: secret(
    optional({
      key: "ASSAY_TOKEN",
      part: "command",
      form: "a token",
      about: "Commands that call a node: the bearer token, where `--token` is not given",
    }),
  ),
  context: text({
    key: "ASSAY_CONTEXT",
    part: "command",
    form: "a name of `assay context list`",
    empty: true,
    fallback: "",
    shown: "that of `assay context use`",
    about: "Every command but those that start a node: the context that counts; set to nothing, none does",
  }),
  configDir: optional({
    key: "ASSAY_CONFIG_DIR",
    part: "command",
    form: "a directory",
    shown: "`$XDG_CONFIG_HOME/assay`, else `~/.config/assay`",
    about: "Where contexts are kept",
  }),
  noColor: optional({
    key: "NO_COLOR",
    part: "command",
    form: "anything",
    about: "Every command: no colours, also on a terminal (no-color.org)",
  }),
  debug: optional({
    key: "ASSAY_DEBUG",
    part: "command",
    form: "anything",
    about: "Every command: a stack trace with unexpected errors",
  }),
} as const
