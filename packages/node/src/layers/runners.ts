/** Runners: what judges, with its metrics, its events, and the watch over how far it is behind. */
import { type BatchDone, startNode } from "@assay/engine"
import { KINDS } from "@assay/knowledge"
import type { Log } from "@assay/log"
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
import { judgingOf } from "../judging/here.ts"
import { runnerHooks } from "../judging/hooks.ts"
import type { Judging } from "../judging/judging.ts"
import { watchedOf } from "../judging/watched.ts"
import { isLoss } from "../log/guard.ts"
import { judgedLog } from "../log/judged.ts"
import { runnerSettings } from "../threads/plan.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogLoss, LogPort, LogTime } from "./log.ts"
import { Sealer } from "./sealer.ts"
import { Stages } from "./stages.ts"
import { Stop } from "./stop.ts"
import { TelemetryPort } from "./telemetry.ts"
import { JudgingThreads } from "./threads.ts"

export class Runners extends Context.Service<Runners, Judging>()("assay/Runners") {}

const LOOK = Schedule.spaced("1 second")

const watchRunners = (log: Log, metrics: Metrics, node: Judging, { emit }: EventSink) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      watchLag({
        log,
        metrics,
        kinds: KINDS,
        watched: () => watchedOf(node),
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
    const { threads, hear } = yield* JudgingThreads
    const loss = yield* LogLoss
    const time = yield* LogTime
    // Of a batch of another thread that no program wants whole, only what is worth a line is reported.
    const onBatch = (done: BatchDone): void => {
      batch.onBatch(done)
      plan.onBatch?.(done)
    }
    hear(onBatch)
    const startHere = async (): Promise<Judging> =>
      judgingOf(
        await startNode({
          log: judgedLog(log, { anchor: time.anchor(), acceptAhead: plan.acceptTime }),
          roots: plan.roots,
          topology: plan.topology,
          stagesFor,
          ...runnerSettings(plan),
          ...(telemetry === null ? {} : { tracer: telemetry.tracer }),
          onBatch: (done) => {
            metrics.batch(done)
            events.committed()
            onBatch(done)
          },
          ...runnerHooks(metrics, events.emit),
        }),
      )
    const start = (): Promise<Judging> => threads?.judge() ?? startHere()
    // Why it ended is reported by `done`.
    const node = yield* Effect.acquireRelease(attempt(start), (started) =>
      release("the runners", () => started.stop().catch(() => undefined)),
    )
    // A thread that owns a partition may be the first to meet it.
    node.done.catch((cause) => {
      if (isLoss(cause)) loss.giveUp(cause)
    })
    yield* watchRunners(log, metrics, node, events)
    const shares = shareEvents(events.emit, node.shares)
    const expiry = expiryEvents(events.emit, () => node.runners().map(({ knowledge }) => knowledge))
    const look = Effect.sync(() => {
      if (log.traits.shared) shares()
      expiry()
      batch.flush()
    })
    yield* look.pipe(Effect.repeat(LOOK), Effect.forkScoped)
    return node
  }),
)
