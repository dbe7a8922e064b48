/** `npm run capacity:write`: the costs of `assay capacity` from runs that are kept; nothing is measured. */
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readMeasured } from "@assay/cli/capacity"
import { type Command, main, SetupProblem } from "@assay/infra/local"
import { readRunsAs } from "../read-runs.ts"
import { type BenchRun, type CheckRun, measuredOf } from "./written.ts"

const pathOf = (below: string): string => fileURLToPath(new URL(`../../../${below}`, import.meta.url))

/** The files of this repository. */
export const FILES = {
  runs: pathOf("docs/performance/data/capacity-check-warm.json"),
  bench: pathOf("docs/performance/data/bench-kafka.json"),
  out: pathOf("packages/cli/capacity/measured.json"),
} as const

/** @throws SetupProblem that names the file */
const readAs = <A>(file: string, holds: (found: A) => boolean, command: string): A =>
  readRunsAs(file, holds, `holds no runs: write it with ${command}`, SetupProblem)

/** A file of several calls, or what one call wrote. @throws SetupProblem */
export const readRuns = (file: string): ReadonlyArray<CheckRun> => {
  type Kept = Partial<CheckRun> & { readonly runs?: ReadonlyArray<CheckRun> }
  const command = "npm run capacity:check -- --json > FILE"
  const { runs, ...one } = readAs<Kept>(file, ({ found, runs }) => found !== undefined || Array.isArray(runs), command)
  return runs ?? [{ command: command.slice(0, command.indexOf(" >")), ...one } as CheckRun]
}

/** @throws SetupProblem */
export const readBench = (file: string): BenchRun =>
  readAs<BenchRun>(file, ({ results }) => Array.isArray(results), "npm run bench:kafka -- --json > FILE")

const write: Command = {
  name: "capacity:write",
  summary:
    "Writes the costs of `assay capacity` from kept runs of capacity:check, and from drained backlogs of bench:kafka what a message costs where commits are full. Nothing is measured; what the runs do not say (memory, Redis) stays as the file has it.",
  options: {
    runs: {
      type: "string",
      value: "FILE",

      help: "of capacity:check -- --json; left out, those of the guide",
    },
    bench: { type: "string", value: "FILE", help: "of bench:kafka -- --json; left out, the repository's" },
    out: { type: "string", value: "FILE", help: "left out: packages/cli/capacity/measured.json" },
  },
  run: async (given) => {
    const fileOf = (name: keyof typeof FILES): string => (given.text(name) === "" ? FILES[name] : given.text(name))
    const measured = measuredOf(readMeasured(null), readRuns(fileOf("runs")), readBench(fileOf("bench")))
    writeFileSync(fileOf("out"), `${JSON.stringify(measured, null, 2)}\n`)
    return { value: measured, lines: [`${fileOf("out")} is written`] }
  },
}

if (import.meta.main) await main(write)
