/**
 * Settings of the scripts that start servers for development (infra/). A node reads none of them, but lets them be: they may
 * be exported in the same shell.
 */
import { optional, text, whole } from "../setting.ts"

const part = "script"
const port = (key: string, fallback: number) =>
  whole({ key, part, minimum: 1, maximum: 65_535, fallback, about: "Clients connect here, on loopback" })
const heap = (key: string, fallback: string) =>
  text({ key, part, form: "a size like 512m or 2g", fallback, about: "Memory of each Java process" })
const data = (key: string, shown: string) =>
  optional({ key, part, form: "a directory", shown, about: "Where the server keeps its data" })
const cache = (key: string, shown: string, who = "Maven") =>
  optional({ key, part, form: "a directory", shown, about: `Where what ${who} fetched is kept` })

export const KAFKA_SCRIPT = {
  port: port("ASSAY_KAFKA_PORT", 9092),
  data: data("ASSAY_KAFKA_DATA", "`.assay/kafka`"),
  heap: heap("ASSAY_KAFKA_HEAP", "512m"),
  nodes: whole({
    key: "ASSAY_KAFKA_NODES",
    part,
    minimum: 1,
    maximum: 3,
    fallback: 1,
    about: "One broker, or three that replicate",
  }),
  cache: cache("ASSAY_KAFKA_CACHE", "`~/.cache/assay/kafka`"),
} as const

export const REGISTRY_SCRIPT = {
  port: port("ASSAY_REGISTRY_PORT", 8081),
  data: data("ASSAY_REGISTRY_DATA", "`.assay/schema-registry`"),
  heap: heap("ASSAY_REGISTRY_HEAP", "256m"),
  cache: cache("ASSAY_REGISTRY_CACHE", "`~/.cache/assay/schema-registry`"),
} as const

export const REDIS_SCRIPT = {
  port: port("ASSAY_REDIS_PORT", 6379),
  data: data("ASSAY_REDIS_DATA", "`.assay/redis`"),
} as const

export const MQTT_SCRIPT = {
  port: port("ASSAY_MOSQUITTO_PORT", 1883),
  data: data("ASSAY_MOSQUITTO_DATA", "`.assay/mosquitto`"),
} as const

export const ONEM2M_SCRIPT = {
  port: port("ASSAY_ACME_PORT", 8080),
  data: data("ASSAY_ACME_DATA", "`.assay/onem2m`"),
  cache: cache("ASSAY_ACME_CACHE", "`~/.cache/assay/onem2m`", "pip"),
} as const
