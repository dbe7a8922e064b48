/** `npm run kafka:down`: stops what kafka:up started, and says so where there was nothing to stop. */
import { rm } from "node:fs/promises"
import { type Command, main } from "../local/command.ts"
import { DATA } from "./data.ts"
import { nodeLayouts } from "./layout.ts"
import { readLayout } from "./memory.ts"
import { stopProcess } from "./stop.ts"

export const down: Command = {
  name: "kafka:down",
  summary: "Stops the brokers of a data directory. Done twice, it changes nothing.",
  options: { data: DATA, wipe: { type: "boolean", help: "delete the data directory afterwards" } },
  async run(given) {
    const dataDir = given.text("data")
    const layout = await readLayout(dataDir)
    const nodes = layout === null ? [] : nodeLayouts(layout)
    const ends = await Promise.all(nodes.map(async (node) => ({ id: node.id, end: await stopProcess(node) })))
    const wiped = given.flag("wipe") && layout !== null
    // Only what bears a cluster's mark is deleted: --wipe --data / must not be the end of the machine.
    if (wiped) await rm(layout.dataDir, { recursive: true, force: true })
    const WORDS = { idle: "did not run", clean: "has stopped", killed: "did not stop in time and was killed" } as const
    return {
      value: { dataDir, nodes: ends, wiped },
      lines: [
        ...ends.map(({ id, end }) => `node ${id} ${WORDS[end]}`),
        ...(layout === null ? [`no cluster in ${dataDir}`] : []),
        ...(wiped ? [`${layout.dataDir} is deleted`] : []),
      ],
    }
  },
}

if (import.meta.main) await main(down)
