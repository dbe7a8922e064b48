/** `npm run redis:down`: stops what redis:up started, and says so where there was nothing to stop. */
import { type Command, main } from "../local/command.ts"
import { wipe } from "../local/wipe.ts"
import { DATA } from "./options.ts"
import { redisServer } from "./server.ts"

/** The files that its data directory holds, and the directory beside them. */
const OWN = ["redis.conf", "redis.pid", "console.log", "console.log.1", "dump.rdb", "nodes.conf"]
const APPENDED = "appendonlydir"

export const down: Command = {
  name: "redis:down",
  summary: "Stops the server of a data directory. Done twice, it changes nothing.",
  options: { data: DATA, wipe: { type: "boolean", help: "delete its data afterwards" } },
  async run(given) {
    const dir = given.text("data")
    const server = await redisServer({ dir, port: 0 })
    const ran = await server.stop()
    const wiped = given.flag("wipe")
    if (wiped) await wipe(dir, OWN, [APPENDED])
    return {
      value: { dataDir: dir, stopped: ran, wiped },
      lines: [ran ? "the server has stopped" : `no server runs on ${dir}`, ...(wiped ? ["its data is deleted"] : [])],
    }
  },
}

if (import.meta.main) await main(down)
