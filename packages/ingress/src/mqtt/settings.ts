/** The settings of `assay ingress mqtt`, checked before anything is opened. */
import { hostname } from "node:os"
import { ConfigurationError, MQTT } from "@assay/settings"
import { type Environment, readSettings } from "@assay/settings/read"
import * as Redacted from "effect/Redacted"
import { readPem } from "../pem.ts"
import { parseReceiptTopic, parseTemplates, type TopicTemplate } from "./topics.ts"

export interface BrokerTls {
  readonly ca: Buffer | null
  readonly cert: Buffer | null
  readonly key: Redacted.Redacted<Buffer> | null
}

export interface BrokerSettings {
  /** `mqtt:` or `mqtts:`, without user and password. */
  readonly url: URL
  readonly version: "5" | "3.1.1"
  readonly clientId: string
  readonly share: string | null
  readonly templates: ReadonlyArray<TopicTemplate>
  readonly retained: "take" | "ignore"
  readonly username: string | null
  readonly password: Redacted.Redacted | null
  /** Null without TLS. */
  readonly tls: BrokerTls | null
  readonly receiveMaximum: number
  /** Seconds. */
  readonly sessionExpiry: number
}

export interface ReceiptSettings {
  /** The path of the key file. */
  readonly keyFile: string
  readonly topic: TopicTemplate
  readonly perSecond: number
}

export interface MqttSettings {
  readonly broker: BrokerSettings
  /** Null: there are none. */
  readonly receipts: ReceiptSettings | null
  /** Where passports go; null: nowhere. */
  readonly passports: TopicTemplate | null
}

const wrong = (key: string, what: string): ConfigurationError =>
  new ConfigurationError(`configuration: ${key}: ${what}`)

const urlOf = (text: string | null): URL => {
  const { key } = MQTT.url
  if (text === null) throw wrong(key, "name the broker, mqtt://host:port or mqtts://host:port")
  const url = URL.parse(text)
  if (url === null || !["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "")
    throw wrong(
      key,
      `${JSON.stringify(text)} is no address of a broker: expected mqtt://host:port or mqtts://host:port`,
    )
  if (url.username !== "" || url.password !== "")
    throw wrong(key, `it must hold no user and no password: set ${MQTT.username.key} and ${MQTT.password.key}`)
  return url
}

interface TlsKeys {
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
}

const tlsOf = (url: URL, keys: TlsKeys): BrokerTls | null => {
  if (url.protocol === "mqtt:") {
    const named = (["ca", "cert", "key"] as const).find((name) => keys[name] !== null)
    if (named !== undefined)
      throw wrong(MQTT[named].key, `it counts for mqtts:// alone, and ${MQTT.url.key} is mqtt://`)
    return null
  }
  if ((keys.cert === null) !== (keys.key === null))
    throw wrong(MQTT.cert.key, `it goes together with ${MQTT.key.key}: set both`)
  const ca = keys.ca === null ? null : readPem(MQTT.ca.key, keys.ca, (pem) => ({ ca: pem }))
  if (keys.cert === null || keys.key === null) return { ca, cert: null, key: null }
  const cert = readPem(MQTT.cert.key, keys.cert, (pem) => ({ cert: pem }))
  return { ca, cert, key: Redacted.make(readPem(MQTT.key.key, keys.key, (pem) => ({ cert, key: pem }))) }
}

const SHARE = /^[^/+#\0]{1,200}$/

/** @throws ConfigurationError that names the key */
export const readMqtt = (environment: Environment): MqttSettings => {
  const given = readSettings(MQTT, environment)
  const url = urlOf(given.url)
  if (given.password !== null && given.username === null)
    throw wrong(MQTT.password.key, `it goes together with ${MQTT.username.key}: set both`)
  if (given.share !== null && !SHARE.test(given.share))
    throw wrong(MQTT.share.key, `${JSON.stringify(given.share)} is no name of a share: it holds none of / + #`)
  if (given.share !== null && given.version !== "5")
    throw wrong(MQTT.share.key, `shared subscriptions came with MQTT 5, and ${MQTT.version.key} is ${given.version}`)
  return {
    broker: {
      url,
      version: given.version,
      clientId: given.clientId ?? `assay-ingress-${hostname()}`,
      share: given.share,
      templates: parseTemplates(MQTT.topics.key, given.topics),
      retained: given.retained,
      username: given.username,
      password: given.password,
      tls: tlsOf(url, given),
      receiveMaximum: given.receiveMaximum,
      sessionExpiry: given.sessionExpiry,
    },
    passports: given.passports === null ? null : parseReceiptTopic(MQTT.passports.key, given.passports),
    receipts:
      given.receiptKey === null
        ? null
        : {
            keyFile: given.receiptKey,
            topic: parseReceiptTopic(MQTT.receipts.key, given.receipts),
            perSecond: given.receiptsPerSecond,
          },
  }
}
