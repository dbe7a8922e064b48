import type { LogRecord } from "@assay/log"
import { SpanKind, SpanStatusCode } from "@opentelemetry/api"
import { tracing } from "@opentelemetry/sdk-node"
import { beforeEach, expect, test } from "vitest"
import { tracedAppend } from "../src/append.ts"
import { Metrics } from "../src/metrics.ts"
import { batchTracer, MAX_LINKS, producerTracer } from "../src/tracer.ts"

const exporter = new tracing.InMemorySpanExporter()
const provider = new tracing.BasicTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] })
let malformed = 0
const options = {
  tracer: provider.getTracer("test"),
  system: "kafka",
  prefix: "plant1.",
  onMalformed: () => void malformed++,
}
beforeEach(() => {
  exporter.reset()
  malformed = 0
})

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")
const parent = (trace: number, span = 1, flags = "01"): string => `00-${hex(trace, 32)}-${hex(span, 16)}-${flags}`
const record = (offset: number, ...traceparents: ReadonlyArray<string>): LogRecord => ({
  offset,
  time: 1,
  key: Buffer.alloc(0),
  value: Buffer.alloc(0),
  ...(traceparents.length === 0 ? {} : { headers: { traceparent: traceparents.map((text) => Buffer.from(text)) } }),
})
const begin = (records: ReadonlyArray<LogRecord>) =>
  batchTracer(options).begin({ group: "identity-resolver", stream: "telemetry.submitted.v1", partition: 3 }, records)

test("a batch is one CONSUMER span by the messaging conventions, linked to each trace that produced it", () => {
  const span = begin([record(0, parent(1)), record(1), record(2, parent(1, 2)), record(3, parent(2))])
  span.end({ entries: 4 })
  const [finished] = exporter.getFinishedSpans()
  expect(finished).toMatchObject({
    name: "process plant1.telemetry.submitted.v1",
    kind: SpanKind.CONSUMER,
    attributes: {
      "messaging.system": "kafka",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": "plant1.telemetry.submitted.v1",
      "messaging.destination.partition.id": "3",
      "messaging.consumer.group.name": "plant1.identity-resolver",
      "messaging.batch.message_count": 4,
    },
    status: { code: SpanStatusCode.UNSET },
  })
  expect(finished!.parentSpanContext).toBeUndefined()
  expect(finished!.links.map(({ context }) => context.traceId)).toEqual([hex(1, 32), hex(2, 32)])
  const { traceId, spanId } = finished!.spanContext()
  expect(span.traceparent).toBe(`00-${traceId}-${spanId}-01`)
})

test("links are bounded, and those that are recorded come first", () => {
  const many = Array.from({ length: 200 }, (_, nth) => record(nth, parent(nth + 1, 1, nth < 100 ? "00" : "01")))
  begin(many).end({ entries: 200 })
  const links = exporter.getFinishedSpans()[0]!.links
  expect(links).toHaveLength(MAX_LINKS)
  expect(links.every(({ context }) => context.traceFlags === 1)).toBe(true)
})

test("a malformed traceparent is ignored and counted; of several headers the first counts", () => {
  begin([record(0, "rubbish"), record(1, parent(7), parent(8))]).end({ entries: 2 })
  expect(malformed).toBe(1)
  expect(exporter.getFinishedSpans()[0]!.links.map(({ context }) => context.traceId)).toEqual([hex(7, 32)])
})

test("a failed batch is an error, by name", () => {
  const error = Object.assign(new Error("the broker is away"), { name: "UnavailableError" })
  begin([record(0)]).end({ entries: 0, error })
  expect(exporter.getFinishedSpans()[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: "the broker is away" },
    attributes: { "error.type": "UnavailableError" },
  })
})

test("an append of ingress is a PRODUCER span below its caller's, and its first record carries it", async () => {
  const metrics = new Metrics({ engine: "kafka" })
  const written: Array<ReadonlyArray<{ headers?: unknown }>> = []
  const log = {
    append: async (_at: unknown, records: ReadonlyArray<object>) => {
      written.push(records)
      return { offset: 0, time: 0 }
    },
  }
  const append = tracedAppend(log, producerTracer(options), metrics)
  const records = [record(0), record(1)].map(({ key, value }) => ({ key, value }))
  await append({ stream: "telemetry.submitted.v1", partition: 0 }, records, parent(5, 9))
  const [span] = exporter.getFinishedSpans()
  expect(span).toMatchObject({ name: "send plant1.telemetry.submitted.v1", kind: SpanKind.PRODUCER })
  expect(span!.parentSpanContext).toMatchObject({ traceId: hex(5, 32), spanId: hex(9, 16) })
  const [first, second] = written[0]!
  expect(first!.headers).toEqual({
    traceparent: Buffer.from(`00-${span!.spanContext().traceId}-${span!.spanContext().spanId}-01`),
  })
  expect(second!.headers).toBeUndefined()
  expect(await metrics.scrape()).toContain(
    'messaging_client_sent_messages_total{messaging_system="kafka",messaging_operation_name="send",messaging_destination_name="telemetry.submitted.v1"} 2',
  )
  await append({ stream: "telemetry.submitted.v1", partition: 0 }, records, "rubbish")
  expect(malformed).toBe(1)
  expect(exporter.getFinishedSpans()[1]!.parentSpanContext).toBeUndefined()
})

test("a failed append ends its span and rejects", async () => {
  const log = { append: () => Promise.reject(new Error("no")) }
  const append = tracedAppend(log, producerTracer(options), new Metrics())
  await expect(append({ stream: "s", partition: 0 }, [], null)).rejects.toThrow("no")
  expect(exporter.getFinishedSpans()[0]!.status.code).toBe(SpanStatusCode.ERROR)
})
