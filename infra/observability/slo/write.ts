/** `npm run slo`: writes the rules of the objectives for Prometheus. A test holds the file to this. */
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { EXIT } from "@assay/settings"
import { stringify } from "yaml"
import { type Command, main } from "../../local/command.ts"
import { sloGroups } from "./rules.ts"

export const SLO_FILE = fileURLToPath(new URL("../prometheus/slo.yml", import.meta.url))

const HEAD = "# Made by `npm run slo` from infra/observability/slo/objectives.ts: change it there.\n"

export const sloFile = (): string => HEAD + stringify({ groups: sloGroups() }, { lineWidth: 0 })

const command: Command = {
  name: "slo",
  summary: "Writes recording rules and alerts of the objectives.",
  options: { check: { type: "boolean", help: "write nothing, and end with 1 where the file is out of date" } },
  async run(given) {
    const isCurrent = readFileSync(SLO_FILE, { encoding: "utf8", flag: "a+" }) === sloFile()
    const value = { file: SLO_FILE, current: isCurrent }
    if (isCurrent) return { value, lines: [] }
    if (given.flag("check")) return { value, lines: [`${SLO_FILE} is out of date: run npm run slo`], code: EXIT.failed }
    writeFileSync(SLO_FILE, sloFile())
    return { value, lines: [`wrote ${SLO_FILE}`] }
  },
}

if (import.meta.main) await main(command)
