/**
 * Readings: rows of readings for data platforms, made beside the runners of what they commit. Opened after them and released
 * before, since on the embedded log their threads write for it; what is left at the stop is made after the next start.
 */
import type { SupervisedSink } from "@assay/egress"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { Stop } from "./stop.ts"
import { TelemetryPort } from "./telemetry.ts"

/** Null where this process makes none. Whatever becomes of it, the node is ready and judges. */
export class Readings extends Context.Service<Readings, { readonly readings: SupervisedSink | null }>()(
  "assay/Readings",
) {}

/** Of the thread that it shares: some 4,000 messages of four readings a second, at 48 us each with the writing of their rows. */
const SHARE = 0.2
/** What events and metrics call it. */
const NAME = "readings"

/** Loaded where it is asked for: most processes make no rows. */
const load = async () => ({ ...(await import("@assay/egress")), ...(await import("@assay/egress/readings")) })

export const readingsLayer = Layer.effect(
  Readings,
  Effect.gen(function* () {
    const { readings: plan } = yield* Config
    if (plan === null) return { readings: null }
    const log = yield* LogPort
    const { metrics } = yield* TelemetryPort
    const { emit } = yield* Events
    const { release } = yield* Stop
    const { superviseEgress, startReadings, ThreadShare } = yield* Effect.promise(load)
    const share = new ThreadShare(SHARE)
    const details = { sink: NAME }
    const onProblem = (what: string, cause: unknown): void =>
      emit({ code: "sink.failed", message: `${NAME}: ${what}`, cause, details })
    const open = (): SupervisedSink => {
      const supervised: SupervisedSink = superviseEgress({
        start: () =>
          startReadings({
            log,
            ...plan,
            share,
            onProblem,
            onQuality: (counts) => metrics.observeQuality(counts),
            onUnreadable: (stream, count) => metrics.unreadable(stream, count),
            onMetrics: (now) => {
              metrics.observeReadings(now.rows)
              metrics.observeSink(NAME, supervised.metrics())
            },
          }),
        onProblem,
        onHalted: (cause) =>
          emit({
            code: "sink.halted",
            message: `ALARM: rows of readings are no longer made of one of the streams until somebody has looked`,
            cause,
            details,
          }),
        onMetrics: (now) => metrics.observeSink(NAME, now),
      })
      return supervised
    }
    const stop = async (supervised: SupervisedSink): Promise<void> => {
      if (await supervised.stop()) return
      emit({ code: "sink.failed", message: `${NAME} did not finish the batch in hand: it is made again`, details })
    }
    const readings = yield* Effect.acquireRelease(Effect.sync(open), (supervised) =>
      release("the rows of readings", () => stop(supervised)),
    )
    return { readings }
  }),
)
