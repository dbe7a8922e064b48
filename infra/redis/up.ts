/** `npm run redis:up`: a Redis or Valkey on this machine, ready when the command returns. */
import { READ_MODEL } from "@assay/settings"
import { type Command, main } from "../local/command.ts"
import { DATA, PORT } from "./options.ts"
import { redisServer } from "./server.ts"

export const up: Command = {
  name: "redis:up",
  summary:
    "Starts a redis-server or valkey-server that is installed here, on loopback, for the read model. What runs already is left as it is.",
  options: { port: PORT, data: DATA },
  async run(given) {
    const dir = given.text("data")
    const server = await redisServer({ dir, port: given.whole("port", 1, 65_535) })
    await server.start()
    return {
      value: { url: server.url, pid: server.pid, dataDir: dir },
      lines: [
        `Redis answers at ${server.url} (process ${server.pid}, data in ${dir})`,
        `Use it with ${READ_MODEL.redisUrl.key}=${server.url}; stop it with npm run redis:down${dir === DATA.default ? "" : ` -- --data ${dir}`}`,
      ],
    }
  },
}

if (import.meta.main) await main(up)
