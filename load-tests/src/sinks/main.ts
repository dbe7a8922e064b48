/** `npm run sinks`: decisions go to real receivers under load, while they stand still, and through kill -9. */
import { chosen } from "@assay/cli/choice"
import { type Arguments, type Command, UsageError } from "@assay/cli/command"
import { type Output, table } from "@assay/cli/output"
import { hasReceiver, RECEIVERS } from "@assay/testkit/syslog"
import { runProgram } from "../command.ts"
import { describeMachine } from "../machine.ts"
import { DIR_OPTION, inOwnDirectory } from "../own-directory.ts"
import { type Beside, beside } from "./beside.ts"
import { failuresOf } from "./check.ts"
import { EXPORTED, type ExportedKind, kills, load, type PartOptions } from "./parts.ts"
import { memoryFailures, type PartReport } from "./report.ts"
import { killTopic } from "./topic.ts"

/** Events a second while processes are killed. */
const KILL_RATE = 100

const KINDS = [...EXPORTED, "topic"] as const
type Kind = (typeof KINDS)[number]

interface SinksReport {
  readonly machine: ReturnType<typeof describeMachine>
  readonly receiver: string
  readonly seed: string
  readonly parts: ReadonlyArray<PartReport>
  readonly beside: Beside | null
  readonly failures: ReadonlyArray<string>
}

const rowOf = (one: PartReport): ReadonlyArray<string> => {
  const { part, seconds, checked, drainSeconds, exporterUs, receiverUs, memory, kills: killed } = one
  return [
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
    memory === null ? "-" : `${memory.before} to ${memory.most}`,
  ]
}

const HEAD = [
  ...["part", "events", "s", "kills", "missing", "repeated", "unmarked", "drain s", "export us", "receiver us"],
  "export MB",
]

const show = ({ parts, beside: other, failures }: SinksReport, output: Output): void => {
  if (parts.length > 0) {
    output.say(table(HEAD, parts.map(rowOf), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
    output.say()
  }
  if (other !== null) {
    const { events, exporterUs, exporterStartedUs, rsyslogUs } = other
    output.say(
      `${events} events over TLS: ${exporterUs} us of CPU each for assay export (${exporterStartedUs} with its start), ${rsyslogUs} for rsyslog that forwards the same lines from a file`,
    )
    output.say()
  }
  if (failures.length === 0) output.say(output.colour("Everything that must hold does.", "green"))
  else for (const failure of failures) output.say(output.colour(`failure: ${failure}`, "red"))
}

/** @throws UsageError */
const kindsOf = (given: Arguments): ReadonlyArray<Kind> => {
  const names = given.required("kind")
  if (names === "all") return KINDS
  return names.split(",").map((name) => {
    const found = KINDS.find((kind) => kind === name.trim())
    if (found === undefined) throw new UsageError(`--kind takes all, or some of ${KINDS.join(", ")}, not ${name}`)
    return found
  })
}

const isExported = (kind: Kind): kind is ExportedKind => kind !== "topic"

const sinks: Command = {
  name: "sinks",
  summary: "send decisions to real receivers: under load, while they stand still, and through kill -9",
  usage:
    "npm run sinks -- [--kind LIST] [--rounds N] [--rate N] [--seconds N] [--pause N] [--beside N] [--receiver NAME] [--json]",
  details: `Starts receivers and assay export as processes, on this machine alone: rsyslog or syslog-ng over TLS (infra/ci/packages.sh
installs them), an HTTP receiver for webhook and elastic, a file; topic is a stream of the log itself.
Three parts for each kind: a steady load; a receiver that stands still for a time; exporter and receiver killed at random, each in
the middle of its work. A file and a topic have no receiver, so only kills. --beside compares CPU with rsyslog's own forwarding.
Exit code 1: an event is missing, was never written, or came again without the mark of a possible repeat, which a file, a topic and
Elasticsearch do not need; or the exporter grew while its receiver stood still.`,
  takes: 0,
  options: {
    kind: { type: "string", value: "LIST", default: "syslog", help: `all, or some of ${KINDS.join(", ")}` },
    rounds: { type: "string", value: "N", default: "10", help: "how often a process is killed, for each kind" },
    rate: { type: "string", value: "N", default: "100000", help: "events a minute of the load" },
    seconds: { type: "string", value: "N", default: "60", help: "how long the load lasts; 0: none" },
    pause: { type: "string", value: "N", default: "20", help: "for how many seconds the receiver stands still" },
    "pause-rate": { type: "string", value: "N", default: "100000", help: "events a minute meanwhile" },
    beside: { type: "string", value: "N", default: "0", help: "compare CPU with rsyslog over so many events" },
    receiver: { type: "string", value: "NAME", default: "rsyslog", help: "rsyslog or syslog-ng" },
    seed: { type: "string", value: "TEXT", default: "assay", help: "when which process is killed" },
    ...DIR_OPTION,
  },
  run: async (given, output) => {
    const receiver = chosen(given, "receiver", RECEIVERS)
    const kinds = kindsOf(given)
    const [rounds, seconds, pause, compared] = [
      given.whole("rounds", 0, 10_000),
      given.whole("seconds", 0, 86_400),
      given.whole("pause", 0, 86_400),
      given.whole("beside", 0, 10_000_000),
    ]
    const [rate, pauseRate] = [given.whole("rate", 1, 10_000_000), given.whole("pause-rate", 1, 10_000_000)]
    const seed = given.required("seed")
    if (kinds.includes("syslog") && !hasReceiver(receiver))
      throw new UsageError(`${receiver} is not installed: run infra/ci/packages.sh`)
    if (compared > 0 && !hasReceiver("rsyslog"))
      throw new UsageError("rsyslog is not installed: run infra/ci/packages.sh")
    return inOwnDirectory(given, "assay-sinks-", async (dir) => {
      const parts: Array<PartReport> = []
      for (const kind of kinds) {
        if (!isExported(kind)) {
          if (rounds > 0)
            parts.push(await killTopic({ dir, perSecond: KILL_RATE, rounds, seed, progress: output.progress }))
          continue
        }
        const options: PartOptions = { dir, kind, receiver, perSecond: rate / 60, progress: output.progress }
        if (seconds > 0) parts.push(await load(options, `load: ${kind}`, seconds, 0))
        if (pause > 0 && kind !== "file")
          parts.push(await load({ ...options, perSecond: pauseRate / 60 }, `stands still: ${kind}`, 0, pause))
        if (rounds > 0) parts.push(await kills({ ...options, perSecond: KILL_RATE }, `killed: ${kind}`, rounds, seed))
      }
      const other = compared > 0 ? await beside(dir, compared, output.progress) : null
      const failures = parts.flatMap((one) => [...failuresOf(one.part, one.checked), ...memoryFailures(one)])
      const report: SinksReport = { machine: describeMachine(null), receiver, seed, parts, beside: other, failures }
      output.result(report, () => show(report, output))
      return failures.length === 0
    })
  },
}

await runProgram(sinks)
