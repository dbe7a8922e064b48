/** `npm run registry:down`: stops what registry:up started, and says so where there was nothing to stop. */
import { existsSync } from "node:fs"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { type Command, main } from "../local/command.ts"
import { DATA } from "./data.ts"
import { stopRegistry } from "./registry.ts"

const WORDS = {
  idle: "no registry runs there",
  clean: "the registry has stopped",
  killed: "the registry did not stop in time and was killed",
} as const

export const down: Command = {
  name: "registry:down",
  summary: "Stops the registry of a data directory. Done twice, it changes nothing.",
  options: { data: DATA, wipe: { type: "boolean", help: "delete the data directory afterwards" } },
  async run(given) {
    const dataDir = given.text("data")
    const end = await stopRegistry(dataDir)
    // Only what bears a registry's mark is deleted: --wipe --data / must not be the end of the machine.
    const wiped = given.flag("wipe") && existsSync(join(dataDir, "registry.properties"))
    if (wiped) await rm(dataDir, { recursive: true, force: true })
    return {
      value: { dataDir, end, wiped },
      lines: [WORDS[end], ...(wiped ? [`${dataDir} is deleted`] : [])],
    }
  },
}

if (import.meta.main) await main(down)
