/** `npm run redis:down`: stops what redis:up started, and says so where there was nothing to stop. */
import { rm } from "node:fs/promises"
import { type Command, main } from "../local/command.ts"
import { SetupProblem as Problem } from "../local/problem.ts"
import { layOut } from "./layout.ts"
import { DATA } from "./options.ts"
import { redisServer } from "./server.ts"

/** What a data directory of ours holds; nothing else is deleted, whatever --data says. */
const OWN = ["appendonlydir", "redis.conf", "redis.pid", "console.log", "console.log.1", "dump.rdb", "nodes.conf"]

export const down: Command = {
  name: "redis:down",
  summary: "Stops the server of a data directory. Done twice, it changes nothing.",
  options: { data: DATA, wipe: { type: "boolean", help: "delete its data afterwards" } },
  async run(given) {
    const dir = given.text("data")
    const server = await redisServer({ dir, port: 0 })
    const ran = await server.stop()
    const wiped = given.flag("wipe")
    if (wiped) await wipe(dir)
    return {
      value: { dataDir: dir, stopped: ran, wiped },
      lines: [ran ? "the server has stopped" : `no server runs on ${dir}`, ...(wiped ? ["its data is deleted"] : [])],
    }
  },
}

const wipe = async (dir: string): Promise<void> => {
  for (const name of OWN) {
    await rm(`${layOut({ dir, port: 0 }).dir}/${name}`, { recursive: true, force: true }).catch((cause: Error) => {
      throw new Problem(`${name} in ${dir} cannot be deleted: ${cause.message}`)
    })
  }
}

if (import.meta.main) await main(down)
