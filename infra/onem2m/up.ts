/** `npm run onem2m:up`: a CSE on this machine, ready when the command returns. */
import { ONEM2M } from "@assay/settings"
import { type Command, main } from "../local/command.ts"
import { CSE_BASE } from "./layout.ts"
import { DATA, MQTT_PORT, PORT } from "./options.ts"
import { acmeServer } from "./server.ts"

export const up: Command = {
  name: "onem2m:up",
  summary:
    "Starts ACME CSE, which infra/ci/packages.sh installs, on loopback, for trying: whoever reaches it is who it says it is. What runs already is left as it is.",
  options: { port: PORT, data: DATA, mqtt: MQTT_PORT },
  async run(given) {
    const dir = given.text("data")
    const mqttPort = given.whole("mqtt", 0, 65_535)
    const server = await acmeServer({
      dir,
      port: given.whole("port", 1, 65_535),
      mqttPort: mqttPort === 0 ? null : mqttPort,
    })
    await server.start()
    return {
      value: { url: server.url, cseBase: CSE_BASE, pid: server.pid, dataDir: dir },
      lines: [
        `ACME CSE answers at ${server.url} (process ${server.pid}, data in ${dir})`,
        `Use it with ${ONEM2M.url.key}=${server.url}; stop it with npm run onem2m:down${dir === DATA.default ? "" : ` -- --data ${dir}`}`,
      ],
    }
  },
}

if (import.meta.main) await main(up)
