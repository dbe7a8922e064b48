/** A broker as an adapter's operator sets it up, and the adapter's way to it. */
import { ADAPTER, type MosquittoServer, startMosquitto } from "@assay/infra/mosquitto"
import { parseReceiptTopic, parseTemplates } from "@assay/ingress/mqtt"
import { MQTT } from "@assay/settings"

/** With the topics that are the adapter's defaults. @param extra lines of its configuration */
export const startBroker = (dir: string, port: number, extra: ReadonlyArray<string> = []): Promise<MosquittoServer> =>
  startMosquitto({
    dir,
    port,
    extra,
    templates: parseTemplates(MQTT.topics.key, MQTT.topics.fallback),
    receipts: parseReceiptTopic(MQTT.receipts.key, MQTT.receipts.fallback),
  })

/** @param url of the broker */
export const adapterSettings = (url: string): Readonly<Record<string, string>> => ({
  [MQTT.url.key]: url,
  [MQTT.username.key]: ADAPTER,
  [MQTT.clientId.key]: "adapter",
})
