/** `npm run mqtt:up`: a mosquitto on this machine, with the ACL of an adapter, ready when the command returns. */
import { MQTT } from "@assay/settings"
import { type Command, main } from "../local/command.ts"
import { ADAPTER } from "./layout.ts"
import { CHALLENGES, DATA, PORT, TOPICS, topicsOf } from "./options.ts"
import { mosquittoServer } from "./server.ts"

export const up: Command = {
  name: "mqtt:up",
  summary:
    "Starts a mosquitto that is installed here, on loopback, for trying: a client is who it says it is (its user name), and the ACL holds it to its own topics. What runs already is left as it is.",
  options: { port: PORT, data: DATA, topics: TOPICS, challenges: CHALLENGES },
  async run(given) {
    const dir = given.text("data")
    const server = await mosquittoServer({
      dir,
      port: given.whole("port", 1, 65_535),
      ...topicsOf(given.text("topics"), given.text("challenges")),
    })
    await server.start()
    return {
      value: { url: server.url, pid: server.pid, dataDir: dir, adapter: ADAPTER },
      lines: [
        `mosquitto answers at ${server.url} (process ${server.pid}, data in ${dir})`,
        `Use it with ${MQTT.url.key}=${server.url} ${MQTT.username.key}=${ADAPTER}; stop it with npm run mqtt:down${dir === DATA.default ? "" : ` -- --data ${dir}`}`,
      ],
    }
  },
}

if (import.meta.main) await main(up)
