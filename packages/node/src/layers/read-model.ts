/** ReadModel: what is known of each device, in Redis, fed beside the runners from the log alone, and only ever shown. */
import { deviceRoute } from "@assay/ingress"
import type { RunningReadModel } from "@assay/read-model"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { Config } from "./config.ts"
import { Events } from "./events.ts"
import { LogPort } from "./log.ts"
import { giveRoutes } from "./routes.ts"
import { Runners } from "./runners.ts"
import { Stop } from "./stop.ts"
import { TelemetryPort } from "./telemetry.ts"

export class ReadModel extends Context.Service<ReadModel, { readonly model: RunningReadModel | null }>()(
  "assay/ReadModel",
) {}

/** Fails with ConfigurationError that names REDIS_URL. A Redis that is away fails nothing. */
export const readModelLayer = Layer.effect(
  ReadModel,
  Effect.gen(function* () {
    const { redisUrl, log: config } = yield* Config
    const log = yield* LogPort
    const { emit } = yield* Events
    const { metrics } = yield* TelemetryPort
    const { release } = yield* Stop
    const { states } = yield* Runners
    const show = (model: RunningReadModel | null) =>
      giveRoutes("devices", [deviceRoute({ log, states, model })]).pipe(Effect.as({ model }))
    if (redisUrl === null) return yield* show(null)
    // Loaded where it is needed: most processes have no Redis.
    const start = async () =>
      (await import("@assay/read-model")).startReadModel(log, {
        redisUrl,
        prefix: config.kafka?.prefix ?? "",
        onProblem: (message, cause) => emit({ code: "read_model.problem", message, cause }),
        onMetrics: (now) => metrics.observeReadModel(now),
      })
    const model = yield* Effect.acquireRelease(attempt(start), (started) =>
      release("the read model", () => started.stop()),
    )
    return yield* show(model)
  }),
)
