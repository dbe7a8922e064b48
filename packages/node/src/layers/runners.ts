/** Runners: what judges, with its metrics, its events, and the watch over how far it is behind. */
import { type RunningNode, startNode } from "@assay/engine"
import type { Log } from "@assay/log"
import { STAGE_STREAMS } from "@assay/streams"
import { type Metrics, watchLag } from "@assay/telemetry"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { attempt } from "../errors.ts"
import { batchEvents } from "../events/batch.ts"
import { expiryEvents } from "../events/expiry.ts"
import { shareEvents } from "../events/shares.ts"
import type { EventSink } from "../events/sink.ts"
import type { NodePlan } from "../plan.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { Sealer } from "./sealer.ts"
import { Stages } from "./stages.ts"
import { Stop } from "./stop.ts"
import { TelemetryPort } from "./telemetry.ts"

export class Runners extends Context.Service<Runners, RunningNode>()("assay/Runners") {}

const LOOK = Schedule.spaced("1 second")

/** What happens to runners: counted, and said. */
const hooks = (metrics: Metrics, { emit }: EventSink): Partial<Parameters<typeof startNode>[0]> => ({
  onRestore: (partition, group, cause) => {
    metrics.restored(group, partition, cause)
    const message = `${group} of partition ${partition} has failed and will be restored from the log`
    emit({ code: "runner.restored", message, group, partition, cause })
  },
  onAlarm: (partition, group, cause) => {
    metrics.halt(group, partition)
    const message = `ALARM: ${group} of partition ${partition} stands still until somebody has looked`
    emit({ code: "partition.halted", message, group, partition, cause })
  },
  onStall: (partition, group, detail) => {
    metrics.stall(group, partition)
    const message = `${group} of partition ${partition} makes no progress and is restarted`
    emit({ code: "runner.stalled", message, group, partition, cause: new Error(detail) })
  },
  onJoinProblem: (group, cause) => {
    metrics.restored(group, -1, cause)
    emit({ code: "group.not_joined", message: `${group} is not joined to its group`, group, cause })
  },
})

const settingsOf = (plan: NodePlan) => ({
  ...(plan.batchRecords === null ? {} : { batchRecords: plan.batchRecords }),
  ...(plan.lingerMs === null ? {} : { lingerMs: plan.lingerMs }),
  stallMs: plan.stallMs,
  ...(plan.snapshots === null ? {} : { snapshots: { dir: plan.snapshots, atStop: true } }),
  acceptMoved: plan.acceptMoved,
})

const watchRunners = (log: Log, metrics: Metrics, node: RunningNode, { emit }: EventSink) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      watchLag({
        log,
        metrics,
        watched: () =>
          node.runners().map(({ group, partition, pipeline }) => {
            const stream = STAGE_STREAMS[pipeline.stages[0]!.name].input
            return { group, stream, partition, knowledge: pipeline.track.knowledge }
          }),
        onProblem: (cause) =>
          emit({ code: "lag.unknown", message: "how far the runners are behind could not be measured", cause }),
      }),
    ),
    (unwatch) => Effect.sync(unwatch),
  )

/** Fails with ConfigurationError where the log was run in the other topology, and with what a first restore met. */
export const runnersLayer = Layer.effect(
  Runners,
  Effect.gen(function* () {
    const plan = yield* Config
    const log = yield* LogPort
    const stagesFor = yield* Stages
    const { metrics, telemetry } = yield* TelemetryPort
    const events = yield* Events
    const { release } = yield* Stop
    yield* Sealer // ends after the runners
    const batch = batchEvents(events.emit)
    const start = () =>
      startNode({
        log,
        roots: plan.roots,
        topology: plan.topology,
        stagesFor,
        ...settingsOf(plan),
        ...(telemetry === null ? {} : { tracer: telemetry.tracer }),
        onBatch: (done) => {
          metrics.batch(done)
          events.committed()
          batch.onBatch(done)
          plan.onBatch?.(done)
        },
        ...hooks(metrics, events),
      })
    // Why it ended is reported by `done`.
    const node = yield* Effect.acquireRelease(attempt(start), (started) =>
      release("the runners", () => started.stop().catch(() => undefined)),
    )
    yield* watchRunners(log, metrics, node, events)
    const shares = shareEvents(events.emit, node.shares)
    const expiry = expiryEvents(events.emit, () => node.runners().map(({ pipeline }) => pipeline.track.knowledge))
    const look = Effect.sync(() => {
      if (log.traits.shared) shares()
      expiry()
      batch.flush()
    })
    yield* look.pipe(Effect.repeat(LOOK), Effect.forkScoped)
    return node
  }),
)
