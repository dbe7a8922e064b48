/** A host with its HTTP edge in one Effect scope: acquired in order, drained and released in reverse, interrupted by signals. */

import { describeState, messagesRoute, nodeRoutes, Quota, startServer } from "@assay/ingress"
import { NO_PRODUCER_TRACER, tracedAppend } from "@assay/telemetry"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { NodeConfiguration } from "./config.ts"
import { type Edge, portProblem } from "./edge.ts"
import type { Host } from "./host.ts"

export interface ServeOptions {
  readonly open: () => Promise<Host>
  readonly config: NodeConfiguration
  readonly edge: Edge
  /** A line of the process's own log. */
  readonly log: (line: string) => void
  readonly onListening: (url: string, host: Host) => void
}

const STOP_TIMEOUT = "30 seconds"

const inWords = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** One line of JSON on standard error. */
export const logLine = (line: string): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), message: line })}\n`)
}

/** For `HostOptions.onProblem`. */
export const logProblem = (what: string, cause: unknown): void => logLine(`${what}: ${inWords(cause)}`)

/** What hangs would keep the process, and what others wait for it to give back. Nothing is lost: it is as if it were killed. */
const giveUp = (log: (line: string) => void): void => {
  log(`stopping took longer than ${STOP_TIMEOUT}: ending all the same`)
  process.exit(3)
}

/** Ends only when a runner gives up for good: it then fails with the cause. A signal interrupts it. */
export const serve = ({ open, config, edge, log, onListening }: ServeOptions) =>
  Effect.gen(function* () {
    let draining = false
    const taken = yield* Effect.promise(() => portProblem(config))
    if (taken !== null) return yield* Effect.fail(new Error(`${taken}; nothing was started`))
    for (const warning of edge.warnings) log(warning)
    const host = yield* Effect.acquireRelease(Effect.promise(open), (opened) =>
      Effect.promise(() => opened.close()).pipe(
        Effect.timeoutOption(STOP_TIMEOUT),
        Effect.tap((ended) => Effect.sync(() => (Option.isNone(ended) ? giveUp(log) : undefined))),
      ),
    )
    const { metrics, backlog } = host
    const notReady = (): string | null => (draining ? "draining" : host.notReady())
    metrics.registry.onCollect(async () => {
      metrics.observeReady(notReady() === null)
      for (const { partition, unsealedAgeMs, leaves, stopped } of host.sealer?.seals() ?? [])
        metrics.observeSeal(partition, unsealedAgeMs / 1000, leaves, stopped)
      // Last: while brokers are away it comes late. Why is told by /readyz and by the runners.
      metrics.observeBacklog(await backlog().catch(() => Number.NaN))
    })
    const routes = [
      messagesRoute({
        log: host.log,
        quota: new Quota(config.quotaPerSecond, config.quotaPerSecond),
        maxBacklog: config.maxBacklog,
        backlog,
        onAccepted: (count) => metrics.accepted(count),
        append: tracedAppend(host.log, host.telemetry?.producer ?? NO_PRODUCER_TRACER, metrics),
      }),
      ...nodeRoutes({
        log: host.log,
        metrics,
        runners: host.node.runners,
        notReady,
        model: host.model,
        describe: describeState,
      }),
    ]
    const server = yield* Effect.acquireRelease(
      Effect.promise(() =>
        startServer({
          host: config.httpHost,
          port: config.httpPort,
          access: edge.access,
          routes,
          tls: edge.tls,
          onRefused: () => metrics.refuse(),
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
    onListening(server.url, host)
    yield* Effect.tryPromise({ try: () => host.node.done, catch: (cause) => cause })
  }).pipe(Effect.scoped)
