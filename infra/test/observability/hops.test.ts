/**
 * What a collector receives of a message's way through ingress and five stages: real runners and stages, the SDK as a node
 * starts it, OTLP over HTTP. Only the log is one that keeps headers in memory, as the embedded engine has none.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stagesOver } from "@assay/cli/services"
import { encodeSubmitted, encodeTick, StageRunner } from "@assay/engine"
import { World } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STREAMS } from "@assay/streams"
import { INSTRUMENTS, Metrics, promName, startTelemetry, type Telemetry, tracedAppend } from "@assay/telemetry"
import { SERVICE_NAMES, STAGES } from "@assay/trust"
import { afterAll, beforeAll, expect, test } from "vitest"
import { withHeaders } from "./headers.ts"
import { type ReceivedSpan, type Receiver, startReceiver } from "./otlp.ts"

const CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
const NOW = 1_760_000_000

let dir = ""
let receiver: Receiver
let log: Log
let pool: VerifyPool
let metrics: Metrics
let telemetry: Telemetry
const runners: Array<StageRunner> = []

beforeAll(async () => {
  receiver = await startReceiver(0)
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint
  dir = mkdtempSync(join(tmpdir(), "assay-hops-"))
  log = withHeaders(await openEmbedded({ dir, partitions: 1 }))
  pool = new VerifyPool({ size: 1 })
  metrics = new Metrics({ engine: "kafka" })
  telemetry = await startTelemetry(receiver.endpoint, metrics, { service: "assay-test", engine: "kafka" })
  const { rootSet: roots } = new World({ seed: "hops", now: NOW })
  for (const stage of stagesOver(log, pool)(0)) {
    const onBatch = metrics.batch
    runners.push(
      await StageRunner.open({ log, stages: [stage], partition: 0, roots, onBatch, tracer: telemetry.tracer }),
    )
  }
})
afterAll(async () => {
  await pool.close()
  await log.close()
  await receiver.close()
  rmSync(dir, { recursive: true, force: true })
})

test("a message's way can be followed from its caller through ingress and all five stages", async () => {
  const append = tracedAppend(log, telemetry.producer, metrics)
  const envelope = { mediaType: "application/jose", binding: "http", originator: null, principal: "test" }
  const junk = encodeSubmitted(Buffer.from("did:key:zJunk"), { ...envelope, bytes: Buffer.from("no message") })
  // A tick goes through all stages, and brings no span of its own.
  await append({ stream: STREAMS.submitted, partition: 0 }, [junk, encodeTick()], CALLER)
  for (const runner of runners) await runner.drain()
  await telemetry.stop()

  const spans = receiver.spans
  expect(receiver.requests).toContain("/v1/traces application/x-protobuf")
  expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(["assay-test"]))
  const sent = spans.find(({ name }) => name === `send ${STREAMS.submitted}`)!
  expect(sent).toMatchObject({ kind: 4, traceId: CALLER.slice(3, 35), parentSpanId: CALLER.slice(36, 52) })
  const processed = STAGES.map((stage) => {
    const of = spans.filter((span) => span.attributes["messaging.consumer.group.name"] === SERVICE_NAMES[stage])
    expect(of).toHaveLength(1) // one span for the batch, however many messages
    return of[0]!
  })
  const before: Array<ReceivedSpan> = [sent, ...processed]
  processed.forEach((span, hop) => {
    const { traceId, spanId } = before[hop]!
    expect(span.kind).toBe(5)
    expect(span.parentSpanId).toBe("")
    expect(span.links).toEqual([{ traceId, spanId }])
  })
  expect(processed[0]!.attributes).toMatchObject({
    "messaging.system": "kafka",
    "messaging.operation.type": "process",
    "messaging.destination.name": STREAMS.submitted,
    "messaging.destination.partition.id": "0",
    "messaging.batch.message_count": 2,
    "assay.batch.entries": 2,
  })
})

test("the metrics that a collector receives are those of /metrics, under the same names, labels and buckets", async () => {
  expect(receiver.requests).toContain("/v1/metrics application/x-protobuf")
  const text = await metrics.scrape()
  const shown = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
  const received = receiver.metrics.filter(({ labels }) => labels.length > 0)
  expect(new Set(received.map((metric) => promName(metric)))).toEqual(shown)
  for (const metric of received) {
    const spec = Object.values(INSTRUMENTS).find(({ name }) => name === metric.name)!
    expect(metric).toMatchObject({ unit: spec.unit, kind: spec.kind })
    for (const labels of metric.labels) expect(Object.keys(labels).sort()).toEqual([...spec.labels].sort())
    if ("buckets" in spec) expect(metric.bounds).toEqual(spec.buckets)
  }
  expect(receiver.requests.some((request) => request.startsWith("/v1/logs"))).toBe(false)
})
