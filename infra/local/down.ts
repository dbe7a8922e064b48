/** The command that stops a local server (`server.ts`), and deletes what it keeps where that is asked for. */
import type { Command, Option } from "./command.ts"
import type { LocalServer } from "./server.ts"
import { wipe } from "./wipe.ts"

export interface Down {
  readonly name: string
  /** For people, without an article: "broker". */
  readonly what: string
  readonly data: Option
  readonly server: (dir: string) => Promise<LocalServer>
  /** What its data directory holds. */
  readonly files: ReadonlyArray<string>
  readonly directories?: ReadonlyArray<string>
}

export const downOf = ({ name, what, data, server, files, directories = [] }: Down): Command => ({
  name,
  summary: `Stops the ${what} of a data directory. Done twice, it changes nothing.`,
  options: { data, wipe: { type: "boolean", help: "delete its data afterwards" } },
  async run(given) {
    const dir = given.text("data")
    const ran = await (await server(dir)).stop()
    const wiped = given.flag("wipe")
    if (wiped) await wipe(dir, files, directories)
    return {
      value: { dataDir: dir, stopped: ran, wiped },
      lines: [ran ? `the ${what} has stopped` : `no ${what} runs on ${dir}`, ...(wiped ? ["its data is deleted"] : [])],
    }
  },
})
