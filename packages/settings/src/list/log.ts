/** Settings of the log: which engine, how to reach Kafka, and the schema registry. */
import { choice, optional, secret, text, whole } from "../setting.ts"

export const LOG = {
  engine: choice({
    key: "LOG",
    part: "log",
    values: ["embedded", "kafka"],
    fallback: "embedded",
    about: "The log: a data directory, or a Kafka cluster that any number of processes share",
  }),
} as const

export const KAFKA = {
  brokers: optional({
    key: "KAFKA_BROKERS",
    part: "kafka",
    form: "`host:port`, comma-separated",
    about:
      "The brokers to ask first, at least one; used with `LOG=kafka` alone, and a warning says so where `LOG` is not set",
    more: "Brokers that are not on this machine need SASL or a client certificate",
  }),
  prefix: text({
    key: "ASSAY_STREAM_PREFIX",
    part: "kafka",
    form: 'at most 100 letters, digits, ".", "_" or "-"',
    // What a topic's name may be made of, with room for the stream's own name; none of it means anything in a glob.
    pattern: /^[A-Za-z0-9._-]{0,100}$/,
    empty: true,
    fallback: "",
    about: "Goes before every topic, group and transactional id, for example `plant1.`",
  }),
  clientId: text({
    key: "KAFKA_CLIENT_ID",
    part: "kafka",
    form: "a name",
    fallback: "assay",
    about: "The name under which brokers log us",
  }),
  tls: choice({
    key: "KAFKA_TLS",
    part: "kafka",
    values: ["true", "false"],
    fallback: "false",
    about: "Whether connections use TLS, with the system's authorities unless `KAFKA_TLS_CA` names others",
  }),
  tlsCa: optional({ key: "KAFKA_TLS_CA", part: "kafka", form: "a PEM file", about: "The authority of the brokers" }),
  tlsCert: optional({
    key: "KAFKA_TLS_CERT",
    part: "kafka",
    form: "a PEM file",
    about: "Our certificate; goes with `KAFKA_TLS_KEY`",
  }),
  tlsKey: optional({
    key: "KAFKA_TLS_KEY",
    part: "kafka",
    form: "a PEM file",
    about: "The key of our certificate; goes with `KAFKA_TLS_CERT`",
  }),
  mechanism: choice({
    key: "KAFKA_SASL_MECHANISM",
    part: "kafka",
    values: ["plain", "scram-sha-256", "scram-sha-512"],
    fallback: null,
    about: "How a name and a password are shown to the brokers",
  }),
  username: optional({
    key: "KAFKA_SASL_USERNAME",
    part: "kafka",
    form: "a name",
    about: "The name; goes with the mechanism",
  }),
  password: secret(
    optional({
      key: "KAFKA_SASL_PASSWORD",
      part: "kafka",
      form: "a password",
      about: "The password; goes with the mechanism",
    }),
  ),
  allowInsecure: choice({
    key: "KAFKA_ALLOW_INSECURE",
    part: "kafka",
    values: ["true", "false"],
    fallback: "false",
    about: "Permits brokers elsewhere without authentication, and passwords without TLS",
    more: "Only where the network itself is trusted",
  }),
  sessionTimeoutMs: whole({
    key: "KAFKA_SESSION_TIMEOUT_MS",
    part: "kafka",
    minimum: 1_000,
    maximum: 600_000,
    fallback: 10_000,
    about: "A process that is silent for so many milliseconds loses its share of the partitions",
    more: "The brokers bound it too",
  }),
  transactionTimeoutMs: whole({
    key: "KAFKA_TRANSACTION_TIMEOUT_MS",
    part: "kafka",
    minimum: 1_000,
    maximum: 900_000,
    fallback: 15_000,
    about: "A transaction that is open for so many milliseconds is aborted by the broker",
  }),
  compression: choice({
    key: "KAFKA_COMPRESSION",
    part: "kafka",
    values: ["zstd", "none"],
    fallback: "zstd",
    about: "How the batches that we write are compressed",
    more: "`none` saves some CPU and takes three times the disk and network. Anything is read, whatever this says",
  }),
} as const

export const REGISTRY = {
  url: optional({
    key: "SCHEMA_REGISTRY_URL",
    part: "registry",
    form: "an http or https URL",
    about: "The schema registry whose ids the records bear; without it they are those of the repository",
    more: "Read with `LOG=kafka` alone",
  }),
  user: optional({
    key: "SCHEMA_REGISTRY_USER",
    part: "registry",
    form: "a name",
    about: "The name for basic authentication; goes with the password",
  }),
  password: secret(
    optional({
      key: "SCHEMA_REGISTRY_PASSWORD",
      part: "registry",
      form: "a password",
      about: "The password for basic authentication",
    }),
  ),
} as const
