/** `assay readings`: a process of its own that makes rows of readings, on a log that processes share. */
import { ROW_FORMATS, startReadings } from "@assay/egress/readings"
import { openLog, readLogConfiguration } from "@assay/node/log"
import { processEnvironment } from "@assay/settings"
import { chosen } from "../choice.ts"
import { type Command, EXIT, UsageError } from "../command.ts"
import { METRICS_OPTION, metricsPortOf, observed } from "../observed.ts"
import { complainOf } from "../output.ts"
import { listenForStop } from "../stop-signal.ts"

const WANTED = ["verified", "all"] as const

const NO_SHARED_LOG =
  "assay readings needs LOG=kafka: a data directory has one process that writes, so set ASSAY_READINGS for assay run there"

export const readings: Command = {
  name: "readings",
  summary: "make a row of each reading for data platforms, on a log on Kafka",
  usage: "readings [--outcome verified|all] [--format avro|json] [--follow]",
  details: `Rows go to readings.verified.v1 (with --outcome all also to readings.annotated.v1), counts of quality to
readings.quality.v1. Rows and position are committed as one: each reading has its row exactly once, whatever breaks. Any
number of these processes share the partitions; their consumer group is "readings", and so is the role of
assay topics apply --principals. A node with ASSAY_READINGS does the same beside judging. docs/guides/data-platforms.md
explains the columns.`,
  takes: 0,
  options: {
    outcome: { type: "string", value: "WHICH", default: "verified", help: "verified, or all: annotated readings too" },
    format: { type: "string", value: "FORMAT", default: "avro", help: "avro, or json" },
    follow: { type: "boolean", help: "go on with what is decided later, until stopped" },
    ...METRICS_OPTION,
  },
  run: async (given, output) => {
    const wanted = chosen(given, "outcome", WANTED)
    const format = chosen(given, "format", ROW_FORMATS)
    const port = metricsPortOf(given)
    const host = given.required("metrics-host")
    const config = readLogConfiguration(processEnvironment())
    if (config.kafka === null) throw new UsageError(NO_SHARED_LOG)
    const stop = listenForStop()
    try {
      const log = await openLog(config, null, {
        roles: ["readings"],
        onProblem: (cause) => complainOf("the log", cause),
      })
      try {
        const { metrics, stop: stopMetrics } = await observed("assay-readings", log, port, { host })
        try {
          const running = await startReadings({
            log,
            wanted,
            format,
            onProblem: complainOf,
            onQuality: (counts) => metrics.observeQuality(counts),
            onUnreadable: (stream, count) => metrics.unreadable(stream, count),
            onMetrics: (now) => {
              metrics.observeSink("readings", now)
              metrics.observeReadings(now.rows)
            },
          })
          try {
            await Promise.race([stop.stopped, running.halted, ...(given.flag("follow") ? [] : [running.settled()])])
          } finally {
            await running.stop()
          }
          const { rows, exported, deadLetters } = running.metrics()
          output.result({ messages: exported, rows, unreadable: deadLetters }, () =>
            output.say(`${rows} rows of readings made of ${exported} messages`),
          )
          return EXIT.ok
        } finally {
          await stopMetrics()
        }
      } finally {
        await log.close()
      }
    } finally {
      stop.release()
    }
  },
}
