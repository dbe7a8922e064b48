/** Telemetry: the metrics of the process, and the OpenTelemetry SDK where an endpoint is set. */
import { Metrics, startTelemetry, type Telemetry } from "@assay/telemetry"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempt } from "../errors.ts"
import { Config } from "./config.ts"
import { LogPort } from "./log.ts"
import { Stop } from "./stop.ts"

export class TelemetryPort extends Context.Service<
  TelemetryPort,
  { readonly metrics: Metrics; readonly telemetry: Telemetry | null }
>()("assay/Telemetry") {}

export const telemetryLayer = Layer.effect(
  TelemetryPort,
  Effect.gen(function* () {
    const plan = yield* Config
    const { engine } = (yield* LogPort).traits
    const { release } = yield* Stop
    const prefix = plan.log.kafka?.prefix ?? ""
    const metrics = new Metrics({ engine, prefix })
    if (plan.telemetry === null) return { metrics, telemetry: null }
    const { endpoint } = plan.telemetry
    const telemetry = yield* Effect.acquireRelease(
      attempt(() => startTelemetry(endpoint, metrics, { service: plan.name, engine, prefix })),
      (started) => release("telemetry", () => started.stop()),
    )
    return { metrics, telemetry }
  }),
)
