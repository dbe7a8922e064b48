/** The settings of `assay ingress mqtt`, checked before anything is opened. */
import { hostname } from "node:os"
import { MQTT } from "@assay/settings"
import { type Environment, readSettings } from "@assay/settings/read"
import { readClientTls } from "../client-tls.ts"
import { wrongSetting } from "../wrong-setting.ts"
import type { ChallengeTopics } from "./challenges.ts"
import type { Login } from "./client-options.ts"
import { overlap, parseReceiptTopic, parseTemplates, type TopicTemplate } from "./topics.ts"

export interface BrokerSettings extends Login {
  /** `mqtt:` or `mqtts:`, without user and password. */
  readonly url: URL
  readonly version: "5" | "3.1.1"
  readonly clientId: string
  readonly share: string | null
  readonly templates: ReadonlyArray<TopicTemplate>
  /** Where devices ask for challenges, and are answered; null: nowhere. */
  readonly challenges: ChallengeTopics | null
  readonly retained: "take" | "ignore"
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

const urlOf = (text: string | null): URL => {
  const { key } = MQTT.url
  if (text === null) throw wrongSetting(key, "name the broker, mqtt://host:port or mqtts://host:port")
  const url = URL.parse(text)
  if (url === null || !["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "")
    throw wrongSetting(
      key,
      `${JSON.stringify(text)} is no address of a broker: expected mqtt://host:port or mqtts://host:port`,
    )
  if (url.username !== "" || url.password !== "")
    throw wrongSetting(key, `it must hold no user and no password: set ${MQTT.username.key} and ${MQTT.password.key}`)
  return url
}

const SHARE = /^[^/+#\0]{1,200}$/

/**
 * Where devices ask for challenges, and where they are answered.
 * @param answers null: nowhere
 * @throws ConfigurationError where a question would be taken for a message, or an answer for a question
 */
export const readChallengeTopics = (
  answers: string | null,
  requests: string,
  templates: ReadonlyArray<TopicTemplate>,
): ChallengeTopics | null => {
  if (answers === null) return null
  const topics = {
    requests: parseReceiptTopic(MQTT.challengeRequests.key, requests),
    answers: parseReceiptTopic(MQTT.challenges.key, answers),
  }
  const other = [...templates, topics.answers].find((template) => overlap(template, topics.requests))
  if (other !== undefined)
    throw wrongSetting(
      MQTT.challengeRequests.key,
      `${topics.requests.text} and ${other.text} fit the same topics: devices need one of their own to ask on`,
    )
  return topics
}

/** @throws ConfigurationError that names the key */
export const readMqtt = (environment: Environment): MqttSettings => {
  const given = readSettings(MQTT, environment)
  const url = urlOf(given.url)
  if (given.password !== null && given.username === null)
    throw wrongSetting(MQTT.password.key, `it goes together with ${MQTT.username.key}: set both`)
  if (given.share !== null && !SHARE.test(given.share))
    throw wrongSetting(MQTT.share.key, `${JSON.stringify(given.share)} is no name of a share: it holds none of / + #`)
  if (given.share !== null && given.version !== "5")
    throw wrongSetting(
      MQTT.share.key,
      `shared subscriptions came with MQTT 5, and ${MQTT.version.key} is ${given.version}`,
    )
  const templates = parseTemplates(MQTT.topics.key, given.topics)
  return {
    broker: {
      url,
      version: given.version,
      clientId: given.clientId ?? `assay-ingress-${hostname()}`,
      share: given.share,
      templates,
      challenges: readChallengeTopics(given.challenges, given.challengeRequests, templates),
      retained: given.retained,
      username: given.username,
      password: given.password,
      tls: readClientTls(
        MQTT,
        given,
        url.protocol === "mqtt:" ? `it counts for mqtts:// alone, and ${MQTT.url.key} is mqtt://` : null,
      ),
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
