/** What a tracing backend sees of a batch; the runner knows no more of it than this. */
import type { LogRecord, Output } from "@assay/log"
import { STREAMS } from "@assay/streams"

export interface BatchTracer {
  /**
   * A batch was read. `records` carry the `traceparent` headers of those who produced them (on the first record of what they
   * wrote at once): the span is linked to them. Must not throw.
   */
  begin(
    batch: { readonly group: string; readonly stream: string; readonly partition: number },
    records: ReadonlyArray<LogRecord>,
  ): BatchSpan
}

export interface BatchSpan {
  /** W3C Trace Context, put on the first record of each stream that the batch writes to; null writes none. */
  readonly traceparent: string | null
  /**
   * The batch is durable, or failed with `error`; without entries and error: it was read ahead and given up, because the
   * runner stopped. Called once. Must not throw.
   */
  end(outcome: { readonly entries: number; readonly error?: unknown }): void
}

export const NO_TRACER: BatchTracer = { begin: () => ({ traceparent: null, end: () => undefined }) }

/** The outputs with the header on the first record of each stream; but dead letters keep the headers that they came with. */
export const traced = (outputs: ReadonlyArray<Output>, { traceparent }: BatchSpan): ReadonlyArray<Output> => {
  if (traceparent === null) return outputs
  const header = Buffer.from(traceparent)
  return outputs.map((output) => {
    const [first, ...rest] = output.records
    if (first === undefined || output.stream === STREAMS.deadletter) return output
    return {
      stream: output.stream,
      records: [{ ...first, headers: { ...first.headers, traceparent: header } }, ...rest],
    }
  })
}
