/** `npm run sinks`: decisions go to a real syslog receiver over TLS under load, while it stands still, and through kill -9. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chosen } from "@assay/cli/choice"
import { type Command, EXIT, UsageError } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { hasReceiver, RECEIVERS } from "@assay/testkit/syslog"
import { describeMachine } from "../bench/machine.ts"
import { runProgram } from "../command.ts"
import { failuresOf } from "./check.ts"
import { kills, load, type PartReport } from "./parts.ts"

/** Events a second while processes are killed. */
const KILL_RATE = 100
const PAUSED_SECONDS = 30

interface SinksReport {
  readonly machine: ReturnType<typeof describeMachine>
  readonly receiver: string
  readonly seed: string
  readonly parts: ReadonlyArray<PartReport>
  readonly failures: ReadonlyArray<string>
}

const show = ({ parts, failures }: SinksReport, output: Output): void => {
  const rows = parts.map(({ part, seconds, checked, drainSeconds, exporterUs, receiverUs, kills: killed }) => [
    part,
    String(checked.written),
    String(seconds),
    String(killed),
    String(checked.missing.length),
    String(checked.repeated),
    String(checked.unmarked.length),
    drainSeconds.toFixed(1),
    String(exporterUs ?? "-"),
    String(receiverUs ?? "-"),
  ])
  const head = [
    "part",
    "events",
    "s",
    "kills",
    "missing",
    "repeated",
    "unmarked",
    "drain s",
    "export us",
    "receiver us",
  ]
  output.say(table(head, rows, [1, 2, 3, 4, 5, 6, 7, 8, 9]))
  output.say()
  if (failures.length === 0) output.say(output.colour("Everything that must hold does.", "green"))
  else for (const failure of failures) output.say(output.colour(`failure: ${failure}`, "red"))
}

const sinks: Command = {
  name: "sinks",
  summary: "send decisions to a real syslog receiver over TLS: under load, while it stands still, and through kill -9",
  usage: "npm run sinks -- [--rounds N] [--rate N] [--seconds N] [--pause N] [--receiver NAME] [--json]",
  details: `Starts rsyslog or syslog-ng (infra/ci/packages.sh installs them) and assay export as processes, on this machine alone.
Three parts: a steady load; the same while the receiver stands still for a time; exporter and receiver killed at random.
Exit code 1: an event is missing, was never written, or came again without the mark of a possible repeat.`,
  takes: 0,
  options: {
    rounds: { type: "string", value: "N", default: "10", help: "how often a process is killed" },
    rate: { type: "string", value: "N", default: "100000", help: "events a minute of the load" },
    seconds: { type: "string", value: "N", default: "60", help: "how long the load lasts" },
    pause: { type: "string", value: "N", default: "20", help: "for how many seconds the receiver stands still" },
    receiver: { type: "string", value: "NAME", default: "rsyslog", help: "rsyslog or syslog-ng" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "when which process is killed" },
    dir: {
      type: "string",
      value: "DIR",
      help: "keep everything here (default: a temporary one, removed after a good run)",
    },
  },
  run: async (given, output) => {
    const receiver = chosen(given, "receiver", RECEIVERS)
    if (!hasReceiver(receiver)) throw new UsageError(`${receiver} is not installed: run infra/ci/packages.sh`)
    const [rounds, seconds, pause] = [
      given.whole("rounds", 0, 10_000),
      given.whole("seconds", 0, 86_400),
      given.whole("pause", 0, 3_600),
    ]
    const [rate, seed] = [given.whole("rate", 1, 10_000_000), given.required("seed")]
    const kept = given.text("dir")
    const dir = kept ?? mkdtempSync(join(tmpdir(), "assay-sinks-"))
    const options = { dir, receiver, perSecond: rate / 60, progress: output.progress }
    const parts: Array<PartReport> = []
    if (seconds > 0) parts.push(await load(options, "load", seconds, 0))
    if (pause > 0) parts.push(await load(options, "stands-still", Math.max(PAUSED_SECONDS, pause * 1.5), pause))
    if (rounds > 0) parts.push(await kills({ ...options, perSecond: KILL_RATE }, "killed", rounds, seed))
    const failures = parts.flatMap(({ part, checked }) => failuresOf(part, checked))
    const report: SinksReport = { machine: describeMachine(null), receiver, seed, parts, failures }
    output.result(report, () => show(report, output))
    const isGood = failures.length === 0
    if (kept === null && isGood) rmSync(dir, { recursive: true, force: true })
    else process.stderr.write(`what was sent and received is in ${dir}\n`)
    return isGood ? EXIT.ok : EXIT.failed
  },
}

await runProgram(sinks)
