/** `npm run onem2m:down`: stops what onem2m:up started, and says so where there was nothing to stop. */
import { type Command, main } from "../local/command.ts"
import { wipe } from "../local/wipe.ts"
import { DATA } from "./options.ts"
import { acmeServer } from "./server.ts"

/** What its data directory holds. */
const OWN = ["acme.ini", "arguments", "acme.pid", "console.log", "console.log.1"]
const DIRECTORIES = ["data", "logs"]

export const down: Command = {
  name: "onem2m:down",
  summary: "Stops the CSE of a data directory. Done twice, it changes nothing.",
  options: { data: DATA, wipe: { type: "boolean", help: "delete its data afterwards" } },
  async run(given) {
    const dir = given.text("data")
    const server = await acmeServer({ dir, port: 0 })
    const ran = await server.stop()
    const wiped = given.flag("wipe")
    if (wiped) await wipe(dir, OWN, DIRECTORIES)
    return {
      value: { dataDir: dir, stopped: ran, wiped },
      lines: [ran ? "the CSE has stopped" : `no CSE runs on ${dir}`, ...(wiped ? ["its data is deleted"] : [])],
    }
  },
}

if (import.meta.main) await main(down)
