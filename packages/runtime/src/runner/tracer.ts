/** What a tracing backend sees of a batch; the runner knows no more of it than this. */
import type { LogRecord } from "@assay/log"

export interface BatchTracer {
  /**
   * A batch was read. `records` carry the `traceparent` headers of those who produced them (on the first record of what they
   * wrote at once): the span is linked to them.
   */
  begin(
    batch: { readonly group: string; readonly stream: string; readonly partition: number },
    records: ReadonlyArray<LogRecord>,
  ): BatchSpan
}

export interface BatchSpan {
  /** W3C Trace Context, put on the first record of each stream that the batch writes to; null writes none. */
  readonly traceparent: string | null
  /** The batch is durable, or failed with `error`. Called once. */
  end(outcome: { readonly entries: number; readonly error?: unknown }): void
}

export const NO_TRACER: BatchTracer = { begin: () => ({ traceparent: null, end: () => undefined }) }
