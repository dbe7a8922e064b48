/** What `mqtt:up` and `mqtt:down` take alike. */
import { parseReceiptTopic, parseTemplates, readChallengeTopics } from "@assay/ingress/mqtt"
import { MQTT, MQTT_SCRIPT } from "@assay/settings"
import { fromSetting, type Option } from "../local/command.ts"
import { dataOption, portOption } from "../local/options.ts"

export const DATA = dataOption(MQTT_SCRIPT.data, "mosquitto", "where the broker keeps its sessions")

export const PORT = portOption(MQTT_SCRIPT.port, "clients connect here, on loopback")

export const TOPICS = {
  type: "string",
  value: "LIST",
  ...fromSetting(MQTT.topics),
  help: "where devices publish: topic templates with commas between",
} as const satisfies Option

export const CHALLENGES = {
  type: "string",
  value: "TOPIC",
  ...fromSetting(MQTT.challenges),
  help: "where devices hear the challenges that they ask for",
} as const satisfies Option

/** The topics of the settings of an adapter. @param challenges empty: devices cannot ask for any. @throws ConfigurationError */
export const topicsOf = (topics: string, challenges = "") => {
  const templates = parseTemplates(MQTT.topics.key, topics)
  return {
    templates,
    receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
    challenges: readChallengeTopics(challenges === "" ? null : challenges, MQTT.challengeRequests.fallback, templates),
  }
}
