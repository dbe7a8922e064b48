/** OpenTelemetry through the SDK's own environment variables. Off, and not even loaded, unless an endpoint is set. */
import type { Metrics } from "./metrics.ts"

export interface Telemetry {
  /** Ends the export; bounded by the SDK's own timeout. */
  stop(): Promise<void>
}

/** @param endpoint OTEL_EXPORTER_OTLP_ENDPOINT, or null for no telemetry */
export const startTelemetry = async (endpoint: string | null, metrics: Metrics): Promise<Telemetry> => {
  if (endpoint === null) return { stop: async () => undefined }
  process.env["OTEL_SERVICE_NAME"] ??= "assay"
  process.env["OTEL_METRICS_EXPORTER"] ??= "otlp"
  process.env["OTEL_LOGS_EXPORTER"] ??= "none"
  const { NodeSDK } = await import("@opentelemetry/sdk-node")
  const { metrics: api } = await import("@opentelemetry/api")
  const sdk = new NodeSDK()
  sdk.start()
  const meter = api.getMeter("assay")
  meter
    .createObservableCounter("assay.decisions", { description: "Original decisions by outcome" })
    .addCallback((observed) => {
      for (const [outcome, count] of Object.entries(metrics.decisions)) observed.observe(count, { outcome })
    })
  meter
    .createObservableCounter("assay.reasons", { description: "Decisions that carried this reason code" })
    .addCallback((observed) => {
      for (const [reason, count] of metrics.reasons) observed.observe(count, { reason })
    })
  meter
    .createObservableCounter("messaging.client.consumed.messages", { description: "Entries in committed batches" })
    .addCallback((observed) => {
      for (const [group, batch] of metrics.batches)
        observed.observe(batch.entries, { "messaging.consumer.group.name": group })
    })
  return { stop: () => sdk.shutdown() }
}
