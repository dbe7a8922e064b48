/** `assay export`: decisions go to a file or to standard output, a line of JSON each, at least once. */

import { groupCheckpoint } from "@assay/consumer"
import {
  deadLetterFile,
  deadLettersTo,
  type EgressMetrics,
  filePositions,
  memoryPositions,
  OUTCOMES,
  type Outcome,
  openState,
  outputSink,
  type RunningEgress,
  type Sink,
  type StateDirectory,
  startEgress,
} from "@assay/egress"
import { type SinkSetup, TargetError } from "@assay/egress/kinds"
import type { Log } from "@assay/log"
import { roleOfSink } from "@assay/node"
import { readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { choose } from "../choice.ts"
import { type Arguments, type Command, EXIT, UsageError } from "../command.ts"
import { runExportParquet } from "../export/parquet.ts"
import { setUpExport, TARGET_OPTIONS, targetForms } from "../export/target.ts"
import { fileProblem } from "../files.ts"
import { METRICS_OPTION, metricsPortOf, observed } from "../observed.ts"
import { DATA_OPTION, openForReading } from "../open-log.ts"
import { complain, complainOf, type Output } from "../output.ts"
import { sinceOf } from "../since-time.ts"
import { listenForStop } from "../stop-signal.ts"

const OUTPUT = "-"
const FORMS = ["lines", "parquet"] as const

/** @throws UsageError */
const chosenForm = ({ positionals: [form] }: Arguments): (typeof FORMS)[number] =>
  form === undefined ? "lines" : choose("assay export", form, FORMS)

interface Wanted {
  /** Where it goes to, and in which form; null: standard output is where. */
  readonly setup: SinkSetup
  readonly isOutput: boolean
  readonly outcomes: ReadonlyArray<Outcome>
  readonly sinceMs: number | null
  readonly isFresh: boolean
  readonly group: string | null
  /** Where position and dead letters are kept; null: nowhere. */
  readonly state: string | null
  /** Where metrics are served; null: nowhere. */
  readonly metricsPort: number | null
}

/** @throws UsageError */
const outcomesOf = (text: string): ReadonlyArray<Outcome> => {
  const names = new Set(text.split(",").map((name) => name.trim()))
  return [...names].map((name) => choose("--outcome", name, OUTCOMES))
}

/** @throws UsageError, ConfigurationError: nothing was opened */
const wantedOf = (given: Arguments): Wanted => {
  for (const option of ["iceberg", "location", "archive"])
    if (given.isGiven(option)) throw new UsageError(`--${option} goes with assay export parquet`)
  const to = given.required("to")
  const isOutput = to === OUTPUT
  const setup = setUpExport(given, isOutput ? null : to)
  const [since, group] = [given.text("since"), given.text("group")]
  const isFresh = given.flag("from-start")
  if (since !== null && isFresh) throw new UsageError("--since and --from-start exclude each other")
  if (group !== null && isFresh)
    throw new UsageError(
      "--from-start does not move a group: the position of --group lies in the log; name another group",
    )
  if (group !== null && readLogConfiguration(processEnvironment()).kafka === null)
    throw new UsageError("--group needs LOG=kafka: beside a data directory the position is kept in a file, see --state")
  const state = given.text("state") ?? (isOutput ? null : setup.state)
  if (state === null && !isOutput && group === null)
    throw new UsageError(
      `nothing lies beside ${setup.shown}: say with --state DIR where position and dead letters are kept`,
    )
  return {
    setup,
    isOutput,
    outcomes: outcomesOf(given.required("outcome")),
    sinceMs: since === null ? null : sinceOf(since),
    isFresh,
    group,
    metricsPort: metricsPortOf(given),
    state,
  }
}

const partsOf = async ({ setup, isOutput, isFresh, group }: Wanted, log: Log, state: StateDirectory | null) => {
  const sink: Sink = isOutput ? outputSink(process.stdout, "standard output") : setup.make(log)
  const checkpoint =
    group !== null
      ? groupCheckpoint(log, group)
      : state === null
        ? memoryPositions()
        : await filePositions(state.positions, log, isFresh)
  const deadLetters =
    state === null
      ? deadLettersTo(({ place, reason }) =>
          complain(`passed over ${place.stream}/${place.partition}/${place.offset}: ${reason}`),
        )
      : deadLetterFile(state.deadLetters)
  return { sink, checkpoint, deadLetters }
}

/** What the metrics and the brokers call this export. */
const nameOf = ({ group }: Wanted): string => group ?? "export"

/** @throws UsageError where the output cannot be opened */
const start = async (
  wanted: Wanted,
  log: Log,
  state: StateDirectory | null,
  onMetrics: (now: EgressMetrics) => void,
  onUnreadable: (stream: string, count: number) => void,
) => {
  const parts = await partsOf(wanted, log, state)
  const { open } = parts.sink
  const sink: Sink = {
    ...parts.sink,
    open: () =>
      open().catch((cause) => {
        if (cause instanceof TargetError) throw cause
        throw new UsageError(`--to ${parts.sink.name} cannot be written: ${fileProblem(cause)}`)
      }),
  }
  return startEgress({
    ...parts,
    sink,
    log,
    group: wanted.group,
    outcomes: wanted.outcomes,
    encoder: wanted.setup.encoder(log),
    wanted: wanted.setup.wanted,
    sinceMs: wanted.sinceMs,
    onMetrics,
    onUnreadable,
    onProblem: complainOf,
  })
}

/** How it went: on standard error, or as JSON where that is asked for and standard output is free. */
const report = (done: EgressMetrics, { setup, isOutput }: Wanted, output: Output): void => {
  if (isOutput) return
  const { exported, bytes, deadLetters, refused, passedBy, summarised, failures } = done
  const counted = { exported, bytes, deadLetters, refused, passedBy, summarised, failures }
  const rest = [
    ...(summarised === 0 ? [] : [`${summarised} of them in summaries`]),
    ...(passedBy === 0 ? [] : [`${passedBy} not asked for`]),
    ...(deadLetters === refused ? [] : [`${deadLetters - refused} records could not be read`]),
    ...(refused === 0 ? [] : [`${refused} were refused and are among the dead letters`]),
  ]
  const sentence = [`${exported} decisions exported to ${setup.shown.replace(/^file:/, "")}`, ...rest].join("; ")
  if (output.json) output.result({ to: setup.shown, ...counted }, () => undefined)
  else complain(sentence)
}

export const exportCommand: Command = {
  name: "export",
  summary: "write decisions to a file, to standard output, to a SIEM, or rows of readings to Parquet files",
  usage:
    "export [lines|parquet] [--to FILE|KIND:TARGET|DIR] [--format NAME] [--outcome LIST] [--since TIME] [--follow]",
  details: `Reads beside the running node and changes nothing there. docs/guides/export.md explains the members of a line.
At least once: after a crash some lines may come twice, with the same "key". The position is kept in FILE.state, so that
the next call goes on behind the last; with LOG=kafka and --group it is kept by the brokers instead, and several processes
share the partitions. --metrics and OTEL_EXPORTER_OTLP_ENDPOINT show progress, lag, retries and refusals. What cannot be read is kept in FILE.state/dead-letters.ndjson, with the reason.
Sinks beside a file, with their options in docs/guides/siem.md:
${targetForms()}
parquet writes rows of readings to DIR instead, by day and zone, with what proves them: what is sealed by now, each message
exactly once over any number of calls. --outcome is verified, annotated or both there. assay verify-export checks it. --iceberg keeps an
Iceberg table (version 2) beside the files from then on; --location says where its readers find DIR, where that is elsewhere.`,
  takes: 1,
  options: {
    ...DATA_OPTION,
    to: {
      type: "string",
      value: "WHERE",
      default: OUTPUT,
      help: "append to this file; - is standard output; KIND:TARGET?name=value&... another sink",
    },
    ...TARGET_OPTIONS,
    outcome: {
      type: "string",
      value: "LIST",
      default: OUTCOMES.join(","),
      help: "only these outcomes, with commas between",
    },
    since: { type: "string", value: "TIME", help: "where no position is kept: leave out what was decided before" },
    "from-start": { type: "boolean", help: "begin at the first record that is kept, whatever position is kept" },
    follow: { type: "boolean", help: "go on with what is decided later, until stopped" },
    group: { type: "string", value: "NAME", help: "with LOG=kafka: the consumer group that keeps the position" },
    state: {
      type: "string",
      value: "DIR",
      help: "keep the position here (default FILE.state; standard output: nowhere)",
    },
    iceberg: { type: "boolean", help: "parquet: keep an Iceberg table beside the files" },
    location: { type: "string", value: "URI", help: "with --iceberg: where readers find DIR (default: file://DIR)" },
    archive: {
      type: "string",
      value: "DIR",
      help: "parquet: where entries lie that assay archive prune took away",
    },
    ...METRICS_OPTION,
  },
  run: async (given, output) => {
    if (chosenForm(given) === "parquet") return runExportParquet(given, output)
    const wanted = wantedOf(given)
    const stop = listenForStop()
    let log: Log | null = null
    let state: StateDirectory | null = null
    try {
      log = await openForReading(given, {
        roles: [roleOfSink({ ...wanted, writesLog: wanted.setup.writesLog === true })],
      })
      state = wanted.state === null ? null : openState(wanted.state)
      const { metrics, stop: stopMetrics } = await observed("assay-export", log, wanted.metricsPort, {
        host: given.required("metrics-host"),
      })
      const observe = (now: EgressMetrics): void => metrics.observeSink(nameOf(wanted), now)
      let running: RunningEgress
      try {
        const onUnreadable = (stream: string, count: number): void => metrics.unreadable(stream, count)
        running = await start(wanted, log, state, observe, onUnreadable)
        try {
          await Promise.race([stop.stopped, running.halted, ...(given.flag("follow") ? [] : [running.settled()])])
        } finally {
          await running.stop()
          observe(running.metrics())
        }
      } finally {
        await stopMetrics()
      }
      report(running.metrics(), wanted, output)
      return EXIT.ok
    } finally {
      stop.release()
      state?.release()
      await log?.close()
    }
  },
}
