/** Node: everything that judges, opened in order and closed in reverse; and what programs ask of it. */

import type { SupervisedSink } from "@assay/egress"
import { KINDS, lapseOf } from "@assay/knowledge"
import type { Log } from "@assay/log"
import type { RunningReadModel } from "@assay/read-model"
import type { Metrics, Telemetry } from "@assay/telemetry"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { backlogOf, openWork, POLL_MS } from "../backlog.ts"
import type { Judging } from "../judging/judging.ts"
import type { Sealing } from "../service.ts"
import { cohortsLayer } from "./cohorts.ts"
import { Config } from "./config.ts"
import { Egress, egressLayer } from "./egress.ts"
import { enrolmentLayer } from "./enrolment.ts"
import { Events } from "./events.ts"
import { LogLoss, LogPort, LogTime, LogWrites, logLayer } from "./log.ts"
import { operatorsLayer } from "./operators.ts"
import { passportsLayer } from "./passports.ts"
import { ReadModel, readModelLayer } from "./read-model.ts"
import { Readings, readingsLayer } from "./readings.ts"
import { routesLayer } from "./routes.ts"
import { Runners, runnersLayer } from "./runners.ts"
import { Sealer, sealerLayer } from "./sealer.ts"
import { stagesLayer } from "./stages.ts"
import { TelemetryPort, telemetryLayer } from "./telemetry.ts"
import { threadsLayer } from "./threads.ts"
import { ticksLayer } from "./ticks.ts"

export interface NodeParts {
  readonly log: Log
  readonly node: Judging
  readonly metrics: Metrics
  readonly telemetry: Telemetry | null
  readonly sealer: Sealing | null
  readonly model: RunningReadModel | null
  /** By name. Whatever becomes of one, the node is ready and judges. */
  readonly sinks: ReadonlyMap<string, SupervisedSink>
  /** What makes rows of readings, where this process does; the same holds of it. */
  readonly readings: SupervisedSink | null
  /** Rejects when the node cannot go on: a runner gave up, or another process has the data directory. Resolves after a stop. */
  readonly ended: Promise<void>
  /** Why it does not do its work, or null. */
  notReady(): string | null
  /** Why nothing can be verified though it does its work, or null: knowledge in force has expired. */
  lapsed(): string | null
  /** Entries on `submitted` that the first stage has not committed yet; on a shared log as of a moment ago. */
  backlog(): Promise<number>
  /** Resolves when all that is on `submitted` now is decided (and sealed, where this process seals). */
  settled(): Promise<void>
}

export class Node extends Context.Service<Node, NodeParts>()("assay/Node") {}

const partsLayer = Layer.effect(
  Node,
  Effect.gen(function* () {
    const { topology, name } = yield* Config
    const log = yield* LogPort
    const { metrics, telemetry } = yield* TelemetryPort
    const node = yield* Runners
    const sealer = (yield* Sealer).current()
    const { model } = yield* ReadModel
    const sinks = yield* Egress
    const { readings } = yield* Readings
    const { emit } = yield* Events
    const loss = yield* LogLoss
    const time = yield* LogTime
    const writes = yield* LogWrites
    const ended = Promise.race([node.done, loss.ended])
    ended.catch(() => undefined) // whoever awaits it hears of it; before that it must not count as unhandled
    emit({ code: "node.started", message: `${name} runs ${topology} on ${log.partitions} partitions` })
    return {
      log,
      node,
      metrics,
      telemetry,
      sealer,
      model,
      sinks,
      readings,
      ended,
      notReady: () =>
        loss.lost()?.message ?? time.alarm() ?? writes.alarm() ?? node.notReady() ?? sealer?.alarm() ?? null,
      lapsed: () =>
        lapseOf(
          KINDS,
          node.runners().map(({ knowledge }) => knowledge),
          Date.now(),
        ),
      backlog: backlogOf(log, topology),
      settled: async () => {
        while ((await openWork(log, topology)) > 0 || !(await node.isReported()))
          await new Promise((resolve) => setTimeout(resolve, POLL_MS[log.traits.engine]))
        await sealer?.settled()
      },
    }
  }),
)

const sealingLayer = Layer.effectDiscard(Effect.flatMap(Sealer, ({ start }) => start))

/**
 * Each line is opened after those below it and closed before them: ticks end first, then the statistics of classes, the read model,
 * the rows of readings, the runners, the sealer, the threads, the sinks, telemetry, and the log last.
 */
export const nodeLayer = partsLayer.pipe(
  Layer.provideMerge(ticksLayer),
  Layer.provideMerge(cohortsLayer),
  Layer.provideMerge(operatorsLayer),
  Layer.provideMerge(passportsLayer),
  Layer.provideMerge(enrolmentLayer),
  Layer.provideMerge(readModelLayer),
  Layer.provideMerge(readingsLayer),
  Layer.provideMerge(sealingLayer),
  Layer.provideMerge(runnersLayer),
  Layer.provideMerge(sealerLayer),
  Layer.provideMerge(stagesLayer),
  Layer.provideMerge(threadsLayer),
  Layer.provideMerge(egressLayer),
  Layer.provideMerge(telemetryLayer),
  Layer.provideMerge(logLayer),
  Layer.provideMerge(routesLayer),
)
