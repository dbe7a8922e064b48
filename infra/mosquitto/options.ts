/** What `mqtt:up` and `mqtt:down` take alike. */
import { fileURLToPath } from "node:url"
import { parseReceiptTopic, parseTemplates } from "@assay/ingress/mqtt"
import { MQTT, MQTT_SCRIPT } from "@assay/settings"
import { fromSetting, type Option } from "../local/command.ts"

export const DATA = {
  type: "string",
  value: "DIR",
  ...fromSetting(MQTT_SCRIPT.data),
  default: fileURLToPath(new URL("../../.assay/mosquitto", import.meta.url)),
  help: "where the broker keeps its sessions",
} as const satisfies Option

export const PORT = {
  type: "string",
  value: "PORT",
  ...fromSetting(MQTT_SCRIPT.port),
  help: "clients connect here, on loopback",
} as const satisfies Option

export const TOPICS = {
  type: "string",
  value: "LIST",
  ...fromSetting(MQTT.topics),
  help: "where devices publish: topic templates with commas between",
} as const satisfies Option

/** The topics of the settings of an adapter. @throws ConfigurationError */
export const topicsOf = (topics: string) => ({
  templates: parseTemplates(MQTT.topics.key, topics),
  receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
})
