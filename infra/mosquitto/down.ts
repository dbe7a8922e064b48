/** `npm run mqtt:down`: stops what mqtt:up started, and says so where there was nothing to stop. */
import { MQTT } from "@assay/settings"
import { type Command, main } from "../local/command.ts"
import { wipe } from "../local/wipe.ts"
import { DATA, topicsOf } from "./options.ts"
import { mosquittoServer } from "./server.ts"

/** What its data directory holds. */
const OWN = [
  "mosquitto.conf",
  "acl",
  "mosquitto.pid",
  "mosquitto.db",
  "mosquitto.db.new",
  "console.log",
  "console.log.1",
]

export const down: Command = {
  name: "mqtt:down",
  summary: "Stops the broker of a data directory. Done twice, it changes nothing.",
  options: { data: DATA, wipe: { type: "boolean", help: "delete its data afterwards" } },
  async run(given) {
    const dir = given.text("data")
    const server = await mosquittoServer({ dir, port: 0, ...topicsOf(MQTT.topics.fallback) })
    const ran = await server.stop()
    const wiped = given.flag("wipe")
    if (wiped) await wipe(dir, OWN)
    return {
      value: { dataDir: dir, stopped: ran, wiped },
      lines: [ran ? "the broker has stopped" : `no broker runs on ${dir}`, ...(wiped ? ["its data is deleted"] : [])],
    }
  },
}

if (import.meta.main) await main(down)
