/**
 * Spans by the semantic conventions for messaging: one CONSUMER span per batch, linked to those who produced what is in it,
 * and one PRODUCER span per append of ingress. A batch has many producers, so none is its parent: it begins a trace of its
 * own, and the links lead back.
 */

import type { BatchSpan, BatchTracer } from "@assay/engine"
import type { Headers, LogRecord } from "@assay/log"
import {
  type Attributes,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import { HEADER, type ProducerTracer } from "./append.ts"
import { formatTraceparent, isSampled, parseTraceparent } from "./traceparent.ts"

export interface TracerOptions {
  readonly tracer: Tracer
  /** `messaging.system`. */
  readonly system: string
  /** Goes before every stream and group, as in the log's settings. */
  readonly prefix: string
  /** A `traceparent` was ignored. */
  readonly onMalformed: () => void
}

/** A batch may have hundreds of producers; a backend keeps 128 links at most. */
export const MAX_LINKS = 32

/** A record's own `traceparent`; of several the first counts. */
const headerOf = (headers: Headers | undefined): string | null => {
  const value = headers?.[HEADER]
  const first = value instanceof Uint8Array ? value : value?.[0]
  return first === undefined ? null : Buffer.from(first).toString("latin1")
}

/** The producers of a batch, one for each trace, those that are recorded first. */
const producersOf = (records: ReadonlyArray<LogRecord>, onMalformed: () => void): ReadonlyArray<SpanContext> => {
  const sampled = new Map<string, SpanContext>()
  const others = new Map<string, SpanContext>()
  for (const { headers } of records) {
    const text = headerOf(headers)
    if (text === null) continue
    const producer = parseTraceparent(text)
    if (producer === null) {
      onMalformed()
      continue
    }
    const kind = isSampled(producer) ? sampled : others
    if (kind.size < MAX_LINKS && !kind.has(producer.traceId)) kind.set(producer.traceId, producer)
  }
  return [...sampled.values(), ...others.values()].slice(0, MAX_LINKS)
}

const running = (span: Span, countAttribute: string): BatchSpan => {
  const context = span.spanContext()
  return {
    traceparent: isSpanContextValid(context) ? formatTraceparent(context) : null,
    end: ({ entries, error }) => {
      // Read ahead and given up, because the runner stopped: whoever goes on reads it again.
      if (entries === 0 && error === undefined) span.setAttribute("assay.abandoned", true)
      else span.setAttribute(countAttribute, entries)
      if (error !== undefined) {
        const name = error instanceof Error ? error.name : "Error"
        span.setAttribute("error.type", name)
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
      }
      span.end()
    },
  }
}

const attributesOf = (options: TracerOptions, operation: string, stream: string, partition: number): Attributes => ({
  "messaging.system": options.system,
  "messaging.operation.name": operation,
  "messaging.operation.type": operation,
  "messaging.destination.name": options.prefix + stream,
  "messaging.destination.partition.id": String(partition),
})

/** A span for each batch of a runner. */
export const batchTracer = (options: TracerOptions): BatchTracer => ({
  begin: ({ group, stream, partition }, records) => {
    const links: Array<Link> = producersOf(records, options.onMalformed).map((context) => ({ context }))
    const span = options.tracer.startSpan(
      `process ${options.prefix}${stream}`,
      {
        kind: SpanKind.CONSUMER,
        links,
        attributes: {
          ...attributesOf(options, "process", stream, partition),
          "messaging.consumer.group.name": options.prefix + group,
          "messaging.batch.message_count": records.length,
        },
      },
      ROOT_CONTEXT,
    )
    return running(span, "assay.batch.entries")
  },
})

/** A span for each append of ingress, below the caller's own. */
export const producerTracer = (options: TracerOptions): ProducerTracer => ({
  begin: ({ stream, partition, records }, caller) => {
    const parent = caller === null ? null : parseTraceparent(caller)
    if (caller !== null && parent === null) options.onMalformed()
    const span = options.tracer.startSpan(
      `send ${options.prefix}${stream}`,
      {
        kind: SpanKind.PRODUCER,
        attributes: {
          ...attributesOf(options, "send", stream, partition),
          "messaging.batch.message_count": records,
        },
      },
      parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
    )
    return running(span, "assay.append.entries")
  },
})
