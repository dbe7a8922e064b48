/** Appends of ingress, traced and measured. */

import type { BatchSpan } from "@assay/engine"
import type { Log, NewRecord, StreamPartition } from "@assay/log"
import type { Metrics } from "./metrics.ts"

/** The record header that carries a W3C Trace Context. */
export const HEADER = "traceparent"

export interface ProducerTracer {
  /**
   * Records are about to be appended.
   * @param caller the `traceparent` of the request that brought them, or null
   */
  begin(
    append: { readonly stream: string; readonly partition: number; readonly records: number },
    caller: string | null,
  ): BatchSpan
}

export const NO_PRODUCER_TRACER: ProducerTracer = {
  begin: () => ({ traceparent: null, end: () => undefined }),
}

/** As `Log.append`. @param caller the `traceparent` header of the request that brought the records, or null */
export type Append = (
  at: StreamPartition,
  records: ReadonlyArray<NewRecord>,
  caller: string | null,
) => ReturnType<Log["append"]>

/** The first record carries the span, for all that were appended at once; an engine without headers leaves it out. */
const marked = (records: ReadonlyArray<NewRecord>, traceparent: string | null): ReadonlyArray<NewRecord> => {
  const [first, ...others] = records
  if (traceparent === null || first === undefined) return records
  return [{ ...first, headers: { ...first.headers, [HEADER]: Buffer.from(traceparent) } }, ...others]
}

/** Wraps a log's `append` for the HTTP server. */
export const tracedAppend =
  (log: Pick<Log, "append">, producer: ProducerTracer, metrics: Metrics): Append =>
  async (at, records, caller) => {
    const span = producer.begin({ ...at, records: records.length }, caller)
    const startedAt = performance.now()
    try {
      const appended = await log.append(at, marked(records, span.traceparent))
      metrics.appended(at.stream, records.length, (performance.now() - startedAt) / 1000)
      span.end({ entries: records.length })
      return appended
    } catch (error) {
      span.end({ entries: 0, error })
      throw error
    }
  }
