/** Ticks: the tick entries of the partitions that this process judges first. The first to end: nothing is written after it. */
import { startTicks } from "@assay/engine"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { Runners } from "./runners.ts"
import { Stop } from "./stop.ts"

export const ticksLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { tickMs } = yield* Config
    const log = yield* LogPort
    const { ticked } = yield* Runners
    const { emit } = yield* Events
    const { release } = yield* Stop
    if (tickMs === 0) return
    const onError = (cause: unknown): void =>
      emit({ code: "tick.failed", message: "a tick could not be appended", cause })
    yield* Effect.acquireRelease(
      Effect.sync(() => startTicks(log, { everyMs: tickMs, partitions: ticked, onError })),
      (ticks) => release("the ticks", () => ticks.stop()),
    )
  }),
)
