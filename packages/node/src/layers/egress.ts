/**
 * Egress: what takes decisions out, one consumer group for each sink, and the route that shows how far each is. It reads what is
 * committed, so no stage waits for a sink. Opened before the runners and released after them: a sink that hangs takes
 * nothing of their time to stop.
 */
import { access } from "node:fs/promises"
import { dirname } from "node:path"
import type { RunningEgress, SupervisedSink, ThreadShare } from "@assay/egress"
import type { Route } from "@assay/ingress"
import type { Log } from "@assay/log"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Emit } from "../events/event.ts"
import { groupOfSink, type SinkPlan } from "../sinks.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"
import { Stop } from "./stop.ts"
import { TelemetryPort } from "./telemetry.ts"

/** By name. */
export class Egress extends Context.Service<Egress, ReadonlyMap<string, SupervisedSink>>()("assay/Egress") {}

/** Decisions that come one by one are written together: few syncs, and little of the thread that judges. */
const GATHER = { ms: 200, records: 512 }

/** Of the thread that judges, for all sinks together: about 5,000 decisions a second at 38 us each. */
const SHARE = 0.2

/** Loaded where there is a sink: most processes have none. */
const load = async () => ({ ...(await import("@assay/egress")), ...(await import("@assay/consumer")) })
type Loaded = Awaited<ReturnType<typeof load>>

/**
 * Opens what one sink needs. Positions lie beside the file where this process alone has the log, so that nothing is written to
 * the log for a sink; on a shared log the group keeps them.
 */
const startSink = async (
  share: ThreadShare,
  { deadLetterFile, deadLettersTo, decisionLines, filePositions, groupCheckpoint, openState, startEgress }: Loaded,
  log: Log,
  sink: SinkPlan,
  emit: Emit,
  onMetrics: (now: Metrics) => void,
  onUnreadable: Unreadable,
) => {
  const group = groupOfSink(sink)
  // Not made by us: it may be a disk that is not mounted, and what is written below it then nobody would find.
  if (sink.state !== null) await access(dirname(sink.state))
  const state = sink.state === null ? null : openState(sink.state)
  try {
    const checkpoint =
      log.traits.shared || state === null ? groupCheckpoint(log, group) : await filePositions(state.positions, log)
    const running = await startEgress({
      log,
      group,
      outcomes: sink.outcomes,
      encoder: sink.encoder?.(log) ?? decisionLines,
      ...(sink.wanted === undefined ? {} : { wanted: sink.wanted }),
      sink: sink.make(log),
      checkpoint,
      deadLetters:
        state === null
          ? deadLettersTo(({ place: { stream, partition, offset }, reason }) => {
              const message = `${sink.name} passed over ${stream}/${partition}/${offset}`
              emit({ code: "sink.refused", message, details: { sink: sink.name, reason } })
            })
          : deadLetterFile(state.deadLetters),
      sinceMs: null,
      gather: GATHER,
      share,
      onProblem: (message, cause) =>
        emit({ code: "sink.failed", message: `${sink.name}: ${message}`, cause, details: { sink: sink.name } }),
      onMetrics,
      onUnreadable,
    })
    return { ...running, stop: () => running.stop().finally(() => state?.release()) } satisfies RunningEgress
  } catch (cause) {
    state?.release()
    throw cause
  }
}

type Unreadable = (stream: string, count: number) => void
type Metrics = ReturnType<SupervisedSink["metrics"]>

const supervise = (
  egress: Loaded,
  share: ThreadShare,
  log: Log,
  sink: SinkPlan,
  emit: Emit,
  observe: (name: string, now: Metrics) => void,
  unreadable: Unreadable,
): SupervisedSink => {
  const details = { sink: sink.name }
  const supervised: SupervisedSink = egress.superviseEgress({
    // What failed before a start is among the metrics of the supervisor alone.
    start: () => startSink(share, egress, log, sink, emit, () => observe(sink.name, supervised.metrics()), unreadable),
    onProblem: (what, cause) => emit({ code: "sink.failed", message: `${sink.name}: ${what}`, cause, details }),
    onHalted: (cause) =>
      emit({
        code: "sink.halted",
        message: `ALARM: ${sink.name} has stopped at one of its streams until somebody has looked`,
        cause,
        details,
      }),
    onMetrics: (now) => observe(sink.name, now),
  })
  return supervised
}

/** `GET /v1/sinks`: how far each is. */
const sinksRoute = (plans: ReadonlyArray<SinkPlan>, running: ReadonlyMap<string, SupervisedSink>): Route => ({
  method: "GET",
  path: "/v1/sinks",
  doc: { summary: "How far each sink of this node is", answers: { 200: "`sinks`" } },
  right: "read",
  handle: () => ({
    status: 200,
    body: {
      sinks: plans.map((plan) => {
        const { name, target, outcomes } = plan
        const sink = running.get(name)!
        return { name, target, outcomes, group: groupOfSink(plan), status: sink.status(), ...sink.metrics() }
      }),
    },
  }),
})

export const egressLayer = Layer.effect(
  Egress,
  Effect.gen(function* () {
    const { sinks } = yield* Config
    const log = yield* LogPort
    const { metrics } = yield* TelemetryPort
    const { emit } = yield* Events
    const { release } = yield* Stop
    const running = new Map<string, SupervisedSink>()
    const open = (egress: Loaded, share: ThreadShare, plan: SinkPlan) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          const observe = (name: string, now: Metrics): void => metrics.observeSink(name, now)
          const unreadable: Unreadable = (stream, count) => metrics.unreadable(stream, count)
          const sink = supervise(egress, share, log, plan, emit, observe, unreadable)
          running.set(plan.name, sink)
          return sink
        }),
        (supervised) => release(`the sink ${plan.name}`, () => stop(plan.name, supervised)),
      )
    const stop = async (name: string, sink: SupervisedSink): Promise<void> => {
      if (await sink.stop()) return
      const message = `${name} did not finish the batch in hand: it comes again after the next start`
      emit({ code: "sink.failed", message, details: { sink: name } })
    }
    if (sinks.length > 0) {
      const egress = yield* Effect.promise(load)
      const share = new egress.ThreadShare(SHARE)
      yield* Effect.forEach(sinks, (plan) => open(egress, share, plan))
    }
    yield* giveRoutes("the sinks", [sinksRoute(sinks, running)])
    return running
  }),
)
