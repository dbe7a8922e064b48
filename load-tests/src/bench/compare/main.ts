/** `npm run bench:compare`: the bench of an older commit and that of this tree in turns, on one machine in one run. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { table } from "@assay/cli/output"
import { type Command, main, SetupProblem } from "@assay/infra/local"
import { type Checkout, checkOut, present } from "../../checkout.ts"
import { type Compared, compared, embeddedFigures, type Figures, kafkaFigures } from "./figures.ts"

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url))
/** Of one bench; it is killed then. */
const LIMIT_MS = 3_600_000

const run = promisify(execFile)

interface Wanted {
  readonly engine: "embedded" | "kafka"
  readonly messages: number
  readonly devices: string
  readonly topology: string
}

/** So many partitions by default now, and half as many once. */
const PARTITIONS = "4"

/** Options that the benches have had since 254bc7c. They cannot be given how long to warm up: the longer the run, the less it counts. */
const callOf = ({ engine, messages, devices, topology }: Wanted): ReadonlyArray<string> => {
  const sizes = ["--messages", String(messages), "--devices", devices, "--json"]
  return engine === "embedded"
    ? ["--expose-gc", "packages/cli/src/main.ts", "bench", "--partitions", PARTITIONS, ...sizes]
    : ["load-tests/src/bench/kafka.ts", "--rounds", "1", "--seconds", "0", "--topology", topology, ...sizes]
}

const measure = async ({ dir, commit }: Checkout, wanted: Wanted): Promise<Figures> => {
  const node = join(dir, "node_modules", ".bin", "node")
  try {
    const { stdout } = await run(node, callOf(wanted), { cwd: dir, maxBuffer: 1 << 26, timeout: LIMIT_MS })
    return wanted.engine === "embedded" ? embeddedFigures(JSON.parse(stdout)) : kafkaFigures(JSON.parse(stdout))
  } catch (cause) {
    throw new SetupProblem(`the bench of ${commit.slice(0, 12)} failed: ${String(cause)}`)
  }
}

const rowOf = ({ name, old, now, gain, least, greatest }: Compared): Array<string> => {
  const digits = name.endsWith("/s") ? 0 : name.endsWith("us of CPU") ? 1 : 3
  return [
    name,
    old.toFixed(digits),
    now.toFixed(digits),
    gain.toFixed(2),
    `${least.toFixed(2)} to ${greatest.toFixed(2)}`,
  ]
}

const command: Command = {
  name: "bench:compare",
  summary:
    "Runs the bench of another commit and the bench of this tree in turns, and says what changed. Both measure V, the loop that only verifies, so ratios compare even where the machine drifts. The other commit is checked out into a temporary directory, with npm ci there. Commits before 2026-11-29 warm up for less time: --messages 150000 lets that count little.",
  options: {
    against: { type: "string", value: "COMMIT", help: "the other commit" },
    engine: { type: "string", value: "NAME", default: "embedded", help: "embedded or kafka" },
    rounds: { type: "string", value: "N", default: "3", help: "pairs of runs; medians count" },
    messages: { type: "string", value: "N", default: "40000", help: "measured in each run" },
    devices: { type: "string", value: "N,N", default: "1000", help: "sizes of the fleet (one for kafka)" },
    topology: { type: "string", value: "NAME", default: "both", help: "for kafka: chained, staged or both" },
  },
  run: async (given, progress) => {
    const against = given.text("against")
    if (against === "") throw new SetupProblem("--against names the other commit, as git writes it: --against v0.1")
    const engine = given.text("engine")
    if (engine !== "embedded" && engine !== "kafka") throw new SetupProblem("--engine is embedded or kafka")
    const rounds = given.whole("rounds", 1, 100)
    const messages = given.whole("messages", 1_000, 10_000_000)
    const wanted: Wanted = { engine, messages, devices: given.text("devices"), topology: given.text("topology") }
    const other = await checkOut(ROOT, against, progress)
    const measured: Array<{ old: Figures; now: Figures }> = []
    try {
      const here = present(ROOT)
      for (let round = 1; round <= rounds; round++) {
        progress(`round ${round} of ${rounds}: ${other.commit.slice(0, 12)} ...`)
        const old = await measure(other, wanted)
        progress(`round ${round} of ${rounds}: this tree ...`)
        measured.push({ old, now: await measure(here, wanted) })
      }
      const rows = compared(measured)
      const value = { against: other.commit, commit: here.commit, engine, rounds: measured, compared: rows }
      const head = ["", other.commit.slice(0, 12), "this tree", "now / old", "over the rounds"]
      return { value, lines: [table(head, rows.map(rowOf), [1, 2, 3, 4])] }
    } finally {
      other.remove()
    }
  },
}

if (import.meta.main) await main(command)
