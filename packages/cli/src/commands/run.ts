/** `assay run`: a long-running node on a data directory. Effect owns its life: start, signals, stop. */

import {
  messagesRoute,
  type NodeConfiguration,
  nodeRoutes,
  Quota,
  readConfiguration,
  readRoots,
  startServer,
  startTelemetry,
} from "@assay/runtime"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type Command, EXIT } from "../command.ts"
import { DATA_OPTION, makeDataDir } from "../data.ts"
import { describeState } from "../describe.ts"
import { type Edge, portProblem, readEdge } from "../edge.ts"
import { type HouseOptions, openHouse } from "../house.ts"
import type { Output } from "../output.ts"
import { ROOTS_OPTION } from "../roots.ts"

const STOP_TIMEOUT = "30 seconds"

const log = (line: string): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), message: line })}\n`)
}

const inWords = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Everything that must be closed again, in reverse order. */
const node = (options: HouseOptions, config: NodeConfiguration, { access, tls }: Edge, output: Output) =>
  Effect.gen(function* () {
    let draining = false
    const house = yield* Effect.acquireRelease(
      Effect.promise(() => openHouse(options)),
      (opened) => Effect.promise(() => opened.close()).pipe(Effect.timeoutOption(STOP_TIMEOUT)),
    )
    yield* Effect.acquireRelease(
      Effect.promise(() => startTelemetry(config.otlpEndpoint, house.metrics)),
      (telemetry) => Effect.promise(() => telemetry.stop()).pipe(Effect.timeoutOption("5 seconds")),
    )
    const quota = new Quota(config.quotaPerSecond, config.quotaPerSecond)
    const onAccepted = (count: number): void => {
      house.metrics.submitted += count
    }
    const routes = [
      messagesRoute({ log: house.log, quota, maxBacklog: config.maxBacklog, backlog: house.backlog, onAccepted }),
      ...nodeRoutes({
        log: house.log,
        metrics: house.metrics,
        runners: house.node.runners,
        notReady: () => (draining ? "draining" : (house.sealer?.alarm() ?? null)),
        backlog: house.backlog,
        gauges: () => house.sealer?.gauges() ?? [],
        describe: describeState,
      }),
    ]
    const server = yield* Effect.acquireRelease(
      Effect.promise(() =>
        startServer({
          host: config.httpHost,
          port: config.httpPort,
          access,
          routes,
          tls,
          onRefused: () => {
            house.metrics.refused++
          },
          onProblem: (cause) => log(`a request failed: ${inWords(cause)}`),
        }),
      ),
      (running) => Effect.promise(() => running.close()).pipe(Effect.timeoutOption("10 seconds")),
    )
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        draining = true
        log("stopping: no new messages are taken, the batches in hand are finished")
      }),
    )
    output.result(
      { url: server.url, data: options.dir, topology: options.topology, partitions: house.log.partitions },
      () =>
        output.say(
          `assay is ready at ${server.url} (${options.topology}, ${house.log.partitions} partitions, data in ${options.dir})`,
        ),
    )
    // Ends only when a runner gives up for good; a signal interrupts it.
    yield* Effect.tryPromise(() => house.node.done)
  }).pipe(Effect.scoped)

export const run: Command = {
  name: "run",
  summary: "run a node on a data directory, until it is stopped",
  usage: "run [--data DIR] [--roots FILE]",
  details: `Settings come from the environment: ASSAY_TOPOLOGY (chained or staged), ASSAY_HTTP_HOST, ASSAY_HTTP_PORT,
ASSAY_HTTP_TOKENS, ASSAY_HTTP_TLS_CERT, _KEY, _CA, _RIGHTS, ASSAY_QUOTA_PER_SECOND, ASSAY_MAX_BACKLOG, ASSAY_TICK_MS,
ASSAY_BATCH_RECORDS, ASSAY_VERIFY_THREADS, OTEL_EXPORTER_OTLP_ENDPOINT. docs/guides/configuration.md explains each.`,
  takes: 0,
  options: {
    ...DATA_OPTION,
    ...ROOTS_OPTION,
    partitions: { type: "string", value: "N", help: "partitions of a new data directory (default 4)" },
  },
  run: async (given, output) => {
    const dir = given.required("data")
    const config = readConfiguration(process.env)
    const roots = readRoots(given.required("roots"), dir)
    const edge = readEdge(config)
    const taken = await portProblem(config)
    if (taken !== null) throw new Error(`${taken}; nothing was started`)
    for (const warning of edge.warnings) log(warning)
    const options: HouseOptions = {
      dir,
      roots,
      topology: config.topology,
      ...(given.text("partitions") === null ? {} : { partitions: given.whole("partitions", 1, 1024) }),
      batchRecords: config.batchRecords,
      verifyThreads: config.verifyThreads,
      tickMs: config.tickMs,
      seal: true,
      onProblem: (what, cause) => log(`${what}: ${inWords(cause)}`),
    }
    makeDataDir(dir) // the last of the checks: a call that is wrong leaves nothing behind
    return new Promise((resolve, reject) => {
      NodeRuntime.runMain(node(options, config, edge, output), {
        disableErrorReporting: true,
        teardown: (exit) => {
          if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) resolve(EXIT.ok)
          else reject(Cause.squash(exit.cause))
        },
      })
    })
  },
}
