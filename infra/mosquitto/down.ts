/** `npm run mqtt:down`: stops what mqtt:up started, and says so where there was nothing to stop. */
import { MQTT } from "@assay/settings"
import { main } from "../local/command.ts"
import { downOf } from "../local/down.ts"
import { DATA, topicsOf } from "./options.ts"
import { mosquittoServer } from "./server.ts"

export const down = downOf({
  name: "mqtt:down",
  what: "broker",
  data: DATA,
  server: (dir) => mosquittoServer({ dir, port: 0, ...topicsOf(MQTT.topics.fallback) }),
  files: ["mosquitto.conf", "acl", "mosquitto.pid", "mosquitto.db", "mosquitto.db.new", "console.log", "console.log.1"],
})

if (import.meta.main) await main(down)
