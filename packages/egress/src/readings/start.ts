/** Makes rows of readings out of what is decided, in the background, until it is stopped. */
import { limitRepeats } from "@assay/consumer"
import type { Log, StreamPartition } from "@assay/log"
import type { QualityRow } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { type GroupProgress, REPEAT_MS, startGroup } from "../group.ts"
import type { EgressMetrics, RunningEgress } from "../run.ts"
import { ThreadShare } from "../thread-share.ts"
import { type ReadingsDone, ReadingsFeed, type ReadingsWanted } from "./feed.ts"
import type { RowFormat } from "./format.ts"
import { READINGS_GROUP } from "./known-position.ts"

/** Messages that come one by one are taken together: few commits, and few counts. */
const GATHER = { ms: 500, records: 512 }

export interface ReadingsOptions {
  readonly log: Log
  readonly wanted: ReadingsWanted
  readonly format: RowFormat
  /** How much of this thread it takes; left out: what it needs. */
  readonly share?: ThreadShare
  readonly gather?: typeof GATHER
  readonly checkMs?: number
  readonly onProblem: (what: string, cause: unknown) => void
  readonly onMetrics?: (now: ReadingsMetrics) => void
  /** What a committed batch counted. */
  readonly onQuality?: (counts: ReadonlyArray<Omit<QualityRow, "next">>) => void
  /** Records of a stream that are no decided message, once they are passed over. */
  readonly onUnreadable?: (stream: string, count: number) => void
}

export interface ReadingsMetrics extends EgressMetrics {
  /** Rows of readings that were committed, since the start. */
  readonly rows: number
}

export interface RunningReadings extends Omit<RunningEgress, "metrics"> {
  metrics(): ReadingsMetrics
}

/** All that is counted. Held messages become no rows. */
const SOURCES = [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined] as const

/** @throws what the log says at joining; nothing is left open then */
export const startReadings = async (options: ReadingsOptions): Promise<RunningReadings> => {
  const { log, wanted, format, onMetrics, onQuality, share = new ThreadShare(1) } = options
  const total = { exported: 0, bytes: 0, rows: 0, deadLetters: 0, refused: 0, passedBy: 0, summarised: 0 }
  const report = limitRepeats(options.onProblem, REPEAT_MS)
  const metricsOf = (progress: GroupProgress): ReadingsMetrics => ({ ...total, ...progress })
  const onUnreadable = ({ stream, partition }: StreamPartition, offset: number, cause: unknown): void =>
    report(
      `no rows are made of ${stream}/${partition}/${offset}: assay verify --streams tells whose record it is`,
      cause,
    )
  const onDone = (stream: string, done: ReadingsDone): void => {
    if (done.unreadable > 0) options.onUnreadable?.(stream, done.unreadable)
    total.exported += done.messages
    total.rows += done.rows
    total.bytes += done.bytes
    total.deadLetters += done.unreadable
    onQuality?.(done.quality.counts())
  }

  const running = await startGroup({
    log,
    group: READINGS_GROUP,
    stream: STREAMS.verified,
    sourcesOf: (partition, confirm) =>
      SOURCES.map((stream) => {
        const at = { stream, partition }
        const feed = { log, at, wanted, format, share, confirm, onUnreadable }
        return { at, handler: new ReadingsFeed({ ...feed, onDone: (done) => onDone(stream, done) }) }
      }),
    gather: options.gather ?? GATHER,
    checkMs: options.checkMs,
    failed: (where, halted) =>
      halted ? `no more rows are made of ${where}` : `making rows of ${where} failed and is tried again`,
    report,
    onChecked: (now) => onMetrics?.(metricsOf(now)),
  })
  return {
    metrics: () => metricsOf(running.progress()),
    settled: running.settled,
    halted: running.halted,
    stop: running.stop,
  }
}
