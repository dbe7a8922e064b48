/** Threads: those that judge, with their logs open; none where the main thread judges. Closed after everything that writes. */
import { availableParallelism } from "node:os"
import type { BatchDone } from "@assay/engine"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import type { NodePlan } from "../plan.ts"
import { verifiesMessages } from "../service.ts"
import { plainOf, runnerSettings } from "../threads/plan.ts"
import { Threads } from "../threads/threads.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort, LogTime, Owners, rolesOf } from "./log.ts"
import { sayBackend } from "./stages.ts"
import { Stop } from "./stop.ts"
import { TelemetryPort } from "./telemetry.ts"

export class JudgingThreads extends Context.Service<
  JudgingThreads,
  {
    /** Null: the main thread judges. */
    readonly threads: Threads | null
    /** Who hears of committed batches from now on. */
    readonly hear: (onBatch: (done: BatchDone) => void) => void
  }
>()("assay/Threads") {}

/**
 * No more than there are partitions: one without any would idle. A process that verifies no message's signature has one thread
 * where nothing is said: what it does for a message takes less than what a second thread adds (docs/performance).
 */
export const workersOf = ({ workers, services }: Pick<NodePlan, "workers" | "services">, partitions: number): number =>
  Math.min(workers ?? (verifiesMessages(services) ? availableParallelism() : 1), partitions)

export const threadsLayer = Layer.effect(
  JudgingThreads,
  Effect.gen(function* () {
    const plan = yield* Config
    const log = yield* LogPort
    const { shared } = yield* Owners
    const { anchor } = yield* LogTime
    const { metrics } = yield* TelemetryPort
    const events = yield* Events
    const { release } = yield* Stop
    let onBatch: (done: BatchDone) => void = () => undefined
    const hear = (wanted: typeof onBatch): void => {
      onBatch = wanted
    }
    const count = workersOf(plan, log.partitions)
    if (count === 0) return { threads: null, hear }
    const start = () =>
      Threads.start({
        plan: {
          name: plan.name,
          services: plan.services.map(({ name, module }) => ({ name, module })),
          roots: plan.roots,
          topology: plan.topology,
          settings: runnerSettings(plan),
          verifyBackend: plan.verifyBackend,
          keyBytes: plan.keyBytes / count,
          telemetry: plan.telemetry,
          log: plainOf(plan.log),
          roles: rolesOf(plan),
          dir: plan.dir,
          reportsBatches: plan.onBatch !== null,
        },
        count,
        clocks: () => ({ anchor: anchor(), acceptAhead: plan.acceptTime }),
        log,
        shared,
        stallMs: plan.stallMs,
        metrics,
        events,
        onBackend: sayBackend(events.emit, plan),
        onBatch: (done) => onBatch(done),
      })
    const threads = yield* Effect.acquireRelease(attempt(start), (started) =>
      release("the threads that judge", () => started.close()),
    )
    return { threads, hear }
  }),
)
