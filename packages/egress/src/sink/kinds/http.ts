import manifest from "../../../package.json" with { type: "json" }
import { elasticProtocol } from "../http/elastic.ts"
import { hecProtocol } from "../http/hec.ts"
import { otlpProtocol } from "../http/otlp.ts"
import type { Endpoint } from "../http/post.ts"
import { type HttpProtocol, httpSink } from "../http/sink.ts"
import { BODIES, webhookProtocol } from "../http/webhook.ts"
import type { SinkKind } from "../kinds.ts"
import { revealed, secretOf } from "../secret.ts"
import { type Options, type Target, TargetError } from "../target.ts"
import { timeoutOf, tlsOf } from "./network.ts"
import { commonOf } from "./options.ts"

/** @throws TargetError */
const urlOf = ({ kind, address }: Target, options: Options): URL => {
  const query = options.text("query")
  const text = query === null ? address : `${address}?${query}`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw new TargetError(`${JSON.stringify(address)} must be an http or https URL, as in ${kind}:https://siem.example`)
  if (url.username !== "" || url.password !== "")
    throw new TargetError("a name or a password has no place in the URL: name files with token-file or password-file")
  return url
}

/** Which header shows who we are: a bearer token, one with another word before it, or a name and a password. */
const authorizationOf = (options: Options, word: string): (() => Readonly<Record<string, string>>) => {
  const [token, user, password] = [options.text("token-file"), options.text("user"), options.text("password-file")]
  if ((user === null) !== (password === null)) throw new TargetError("user and password-file go together")
  if (token !== null && user !== null) throw new TargetError("token-file and user exclude each other")
  return () => {
    const [secret, shown] = [revealed(secretOf("token-file", token)), revealed(secretOf("password-file", password))]
    if (secret !== null) return { authorization: `${word} ${secret}` }
    if (shown === null) return {}
    return { authorization: `Basic ${Buffer.from(`${user}:${shown}`).toString("base64")}` }
  }
}

export const endpointOf = (target: Target, options: Options, word: string): (() => Endpoint) => {
  const url = urlOf(target, options)
  const authorization = authorizationOf(options, word)
  const tls = tlsOf(options)
  const gzip = options.flag("gzip", true)
  const timeoutMs = timeoutOf(options)
  return () => ({ url, headers: authorization(), tls: tls(), gzip, timeoutMs })
}

const batchOf = (options: Options): number => options.whole("batch", 1, 10_000, 500)

type Maker = (options: Options, format: string) => () => (endpoint: Endpoint) => HttpProtocol

const httpKind = (form: string, formats: ReadonlyArray<string>, word: string, make: Maker): SinkKind => ({
  form,
  formats,
  setUp: (target, options) => {
    const common = commonOf(options, formats)
    const endpoint = endpointOf(target, options, word)
    const protocol = make(options, common.format)
    return { ...common, make: () => httpSink(endpoint().url.host, endpoint, protocol()) }
  },
})

export const hecKind = httpKind("hec:https://HOST:8088", ["hec"], "Splunk", (options) => {
  const records = batchOf(options)
  return () =>
    ({ timeoutMs }) =>
      hecProtocol(timeoutMs, records)
})

export const elasticKind = httpKind("elastic:https://HOST:9200", ["ecs", "ocsf", "json"], "ApiKey", (options) => {
  const [records, index] = [batchOf(options), options.text("index") ?? "logs-assay-default"]
  return () => () => elasticProtocol(index, records)
})

const MEDIA_TYPES: Readonly<Record<string, string>> = { cloudevents: "application/cloudevents+json" }

export const webhookKind = httpKind(
  "webhook:https://HOST/PATH",
  ["json", "ocsf", "ecs", "cloudevents", "cloudevents-binary", "decision"],
  "Bearer",
  (options, format) => {
    const records = batchOf(options)
    const body = format === "cloudevents-binary" ? "single" : options.choice("body", BODIES, "lines")
    const path = options.text("secret-file")
    const mediaType = MEDIA_TYPES[format] ?? "application/json"
    return () => {
      const secret = revealed(secretOf("secret-file", path))
      return () => webhookProtocol({ body, mediaType, secret, records })
    }
  },
)

export const otlpKind = httpKind("otlp:http://HOST:4318", ["otlp"], "Bearer", (options) => {
  const [records, service] = [batchOf(options), options.text("service") ?? "assay"]
  return () => () => otlpProtocol(service, manifest.version, records)
})
