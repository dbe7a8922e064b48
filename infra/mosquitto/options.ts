/** What `mqtt:up` and `mqtt:down` take alike. */
import { parseReceiptTopic, parseTemplates } from "@assay/ingress/mqtt"
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

/** The topics of the settings of an adapter. @throws ConfigurationError */
export const topicsOf = (topics: string) => ({
  templates: parseTemplates(MQTT.topics.key, topics),
  receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
})
