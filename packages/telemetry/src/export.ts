/**
 * Telemetry of a process. The metrics of the process itself are always kept; OpenTelemetry is off, and not even loaded, unless
 * an endpoint is set. Everything else is up to the SDK's own environment variables (OTEL_TRACES_SAMPLER and so on).
 */
import { type BatchTracer, NO_TRACER } from "@assay/engine"
import { NO_PRODUCER_TRACER, type ProducerTracer } from "./append.ts"
import { bridge } from "./bridge.ts"
import { type Metrics, messagingSystem } from "./metrics.ts"
import { watchProcess } from "./process.ts"

export interface Telemetry {
  /** For the runners. */
  readonly tracer: BatchTracer
  /** For ingress (`tracedAppend`). */
  readonly producer: ProducerTracer
  /** Sends what is left, then ends; bounded by the SDK's own timeout. */
  stop(): Promise<void>
}

export interface TelemetryOptions {
  /** `service.name`, where OTEL_SERVICE_NAME says nothing. */
  readonly service?: string
  readonly engine?: "kafka" | "embedded"
  /** Goes before every stream and group, as in the log's settings. */
  readonly prefix?: string
  /** For a thread beside the one that shows the metrics of the process. */
  readonly tracesOnly?: boolean
}

/** Traces and metrics may go to places of their own. */
const ENDPOINTS = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] as const

type Environment = Readonly<Record<string, string | undefined>>

const wanted = (endpoint: string | null, env: Environment): boolean =>
  env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() !== "true" &&
  (endpoint !== null || ENDPOINTS.some((key) => (env[key] ?? "").trim() !== ""))

/**
 * @param endpoint OTEL_EXPORTER_OTLP_ENDPOINT, or null: then only what has an endpoint of its own is sent
 * Call it before runners are opened: what is observed before is in `/metrics`, but not in the histograms of OpenTelemetry.
 */
export const startTelemetry = async (
  endpoint: string | null,
  metrics: Metrics,
  { service = "assay", engine = "embedded", prefix = "", tracesOnly = false }: TelemetryOptions = {},
): Promise<Telemetry> => {
  const unwatch = tracesOnly ? () => undefined : watchProcess(metrics)
  if (tracesOnly) process.env["OTEL_METRICS_EXPORTER"] = "none" // of this thread, which has a copy of the environment
  if (!wanted(endpoint, process.env)) {
    return { tracer: NO_TRACER, producer: NO_PRODUCER_TRACER, stop: async () => unwatch() }
  }
  process.env["OTEL_SERVICE_NAME"] ??= service
  process.env["OTEL_LOGS_EXPORTER"] ??= "none"
  // Not `process`: it would send the command line.
  process.env["OTEL_NODE_RESOURCE_DETECTORS"] ??= "env,host,serviceinstance"
  const { NodeSDK } = await import("@opentelemetry/sdk-node")
  const { metrics: metricsApi, trace } = await import("@opentelemetry/api")
  const sdk = new NodeSDK()
  sdk.start()
  if (!tracesOnly) bridge(metrics.registry, metricsApi.getMeter("assay"))
  const stop = async (): Promise<void> => {
    unwatch()
    await sdk.shutdown()
  }
  if ((process.env["OTEL_TRACES_EXPORTER"] ?? "otlp").trim() === "none") {
    return { tracer: NO_TRACER, producer: NO_PRODUCER_TRACER, stop }
  }
  const { batchTracer, producerTracer } = await import("./tracer.ts")
  const options = {
    tracer: trace.getTracer("assay"),
    system: messagingSystem(engine),
    prefix,
    onMalformed: () => metrics.malformedTraceparent(),
  }
  return { tracer: batchTracer(options), producer: producerTracer(options), stop }
}
