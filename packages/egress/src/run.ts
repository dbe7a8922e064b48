/** Exports decisions from a log to a sink, in the background, until it is stopped. */
import { alone, type Checkpoint, limitRepeats } from "@assay/consumer"
import type { Log } from "@assay/log"
import type { Encoder } from "./encode/encoder.ts"
import { type Outcome, streamsOf } from "./encode/read-decided.ts"
import { type Exported, Feed } from "./feed.ts"
import { type ExportGroupOptions, type GroupProgress, REPEAT_MS, type RunningExport, startGroup } from "./group.ts"
import { ALL, type Wanted } from "./select/select.ts"
import type { Sink } from "./sink/sink.ts"
import { offsetSince } from "./start-offset.ts"
import { ThreadShare } from "./thread-share.ts"
import type { DeadLetters } from "./unexported-deadletter.ts"

export interface EgressOptions {
  readonly log: Log
  /** Null: this process has all partitions to itself. */
  readonly group: string | null
  /** At least one. */
  readonly outcomes: ReadonlyArray<Outcome>
  readonly encoder: Encoder
  /** Which of them go out, and when they are summed up. Left out: all, by themselves. */
  readonly wanted?: Wanted
  readonly sink: Sink
  readonly checkpoint: Checkpoint
  readonly deadLetters: DeadLetters
  /** Milliseconds since 1970: where to begin where no position is kept. Null: at the first record that is kept. */
  readonly sinceMs: number | null
  /** After the first record came, waits for so many or so long, to write them at once; left out: writes them as they come. */
  readonly gather?: { readonly ms: number; readonly records: number }
  /** How much of this thread encoding takes; give the same to all exports of a process. Left out: what it needs. */
  readonly share?: ThreadShare
  /** How often lag is measured (default 1,000). */
  readonly checkMs?: number
  /** Between two tries of a step that failed (default 200 to 10,000, growing). */
  readonly pauses?: ExportGroupOptions["pauses"]
  readonly onProblem: (what: string, cause: unknown) => void
  readonly onMetrics?: (now: EgressMetrics) => void
  /** Records of a stream that are no decision, as they are met: they are among the dead letters. */
  readonly onUnreadable?: (stream: string, count: number) => void
}

export interface EgressMetrics extends GroupProgress {
  /** Decisions that the sink has flushed, since the start. */
  readonly exported: number
  readonly bytes: number
  /** Records that went to the dead letters: what could not be read, and what the sink refused. */
  readonly deadLetters: number
  /** Those of them that the sink refused for good. */
  readonly refused: number
  /** Decisions that were not asked for (severity, reason, zone), or that a sample left out. */
  readonly passedBy: number
  /** Decisions that the sink has in a summary alone. */
  readonly summarised: number
}

export interface RunningEgress extends Omit<RunningExport, "progress"> {
  metrics(): EgressMetrics
  /** Finishes the batches in hand, and closes the sink. */
  stop(): Promise<void>
}

/** @throws what the sink says at its opening, or the log at joining; nothing is left open then */
export const startEgress = async (options: EgressOptions): Promise<RunningEgress> => {
  const { log, group, outcomes, encoder, sink, checkpoint, deadLetters, sinceMs, onMetrics, onUnreadable } = options
  const { share = new ThreadShare(1), wanted = ALL } = options
  const total = { exported: 0, bytes: 0, deadLetters: 0, refused: 0, passedBy: 0, summarised: 0 }
  const report = limitRepeats(options.onProblem, REPEAT_MS)
  const streams = outcomes.flatMap(streamsOf)

  const metricsOf = (progress: GroupProgress): EgressMetrics => ({ ...total, ...progress })
  const onExported = (done: Exported): void => {
    total.exported += done.items
    total.bytes += done.bytes
    total.deadLetters += done.deadLetters
    total.refused += done.refused
    total.passedBy += done.passedBy
    total.summarised += done.summarised
  }
  const close = async (): Promise<void> => {
    await sink.close()
    await deadLetters.close()
  }

  await sink.open()
  try {
    await deadLetters.open()
    const running = await startGroup({
      log: group === null ? alone(log) : log,
      group: group ?? "",
      stream: streams[0]!,
      sourcesOf: (partition, confirm) =>
        streams.map((stream) => {
          const at = { stream, partition }
          const begin = async (): Promise<number> =>
            sinceMs === null ? (await log.bounds(at)).start : offsetSince(log, at, sinceMs)
          return {
            at,
            handler: new Feed({
              log,
              at,
              encoder,
              wanted,
              sink,
              checkpoint,
              deadLetters,
              share,
              begin,
              confirm,
              onExported,
              onUnreadable: ({ stream }, count) => onUnreadable?.(stream, count),
            }),
          }
        }),
      ...(options.gather === undefined ? {} : { gather: options.gather }),
      checkMs: options.checkMs,
      pauses: options.pauses,
      failed: (where, halted) =>
        halted ? `the export of ${where} has stopped` : `the export of ${where} failed and is tried again`,
      report,
      onChecked: (now) => onMetrics?.(metricsOf(now)),
    })
    return {
      metrics: () => metricsOf(running.progress()),
      settled: running.settled,
      halted: running.halted,
      stop: async () => {
        await running.stop()
        await close()
      },
    }
  } catch (cause) {
    await close()
    throw cause
  }
}
