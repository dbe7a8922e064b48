/** Exports decisions from a log to a sink, in the background, until it is stopped. */
import { alone, type Checkpoint, type GroupMetrics, joinGroup, limitRepeats, type Problem } from "@assay/consumer"
import type { Log } from "@assay/log"
import type { Encoder } from "./encode/encoder.ts"
import { type Outcome, streamOf } from "./encode/read-decided.ts"
import { type Exported, Feed } from "./feed.ts"
import { ALL, type Wanted } from "./select/select.ts"
import type { Sink } from "./sink/sink.ts"
import { offsetSince } from "./start-offset.ts"
import { ThreadShare } from "./thread-share.ts"
import type { DeadLetters } from "./unexported-deadletter.ts"

const PAUSES = { firstMs: 200, longestMs: 10_000 }
const IDLE_MS = 5_000
const STALL_MS = 60_000
const CHECK_MS = 1_000
/** The same problem is not reported again within this time. */
const REPEAT_MS = 60_000

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
  readonly onProblem: (what: string, cause: unknown) => void
  readonly onMetrics?: (now: EgressMetrics) => void
}

export interface EgressMetrics {
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
  /** Steps that failed and were repeated. */
  readonly failures: number
  /** 0 while a step fails or a stream has halted. */
  readonly up: 0 | 1
  /** At most so many records wait. */
  readonly lagRecords: number
  /** Age of the oldest record that waits, milliseconds. */
  readonly lagMs: number
}

export interface RunningEgress {
  metrics(): EgressMetrics
  /** Resolves when all that stands now is exported. Rejects with what halted a stream (LostRecordsError). */
  settled(): Promise<void>
  /** Rejects when a stream has halted (LostRecordsError); pending else. */
  readonly halted: Promise<never>
  /** Finishes the batches in hand, and closes the sink. */
  stop(): Promise<void>
}

/** @throws what the sink says at its opening, or the log at joining; nothing is left open then */
export const startEgress = async (options: EgressOptions): Promise<RunningEgress> => {
  const { log, group, outcomes, encoder, sink, checkpoint, deadLetters, sinceMs, onMetrics } = options
  const { share = new ThreadShare(1), wanted = ALL } = options
  const total = { exported: 0, bytes: 0, deadLetters: 0, refused: 0, passedBy: 0, summarised: 0 }
  const report = limitRepeats(options.onProblem, REPEAT_MS)
  const streams = outcomes.map(streamOf)

  const metricsOf = ({ failures, failing, halted, lagRecords, lagMs }: GroupMetrics): EgressMetrics => ({
    ...total,
    failures,
    up: failing || halted.length > 0 ? 0 : 1,
    lagRecords,
    lagMs,
  })
  const halt = Promise.withResolvers<never>()
  halt.promise.catch(() => undefined) // whoever awaits it hears of it; before that it must not count as unhandled
  const onProblem = ({ what, at, cause, halted }: Problem): void => {
    if (halted) halt.reject(cause)
    const where = `partition ${at.partition} of ${at.stream}`
    if (what === "lag") report(`it is unknown how far ${where} is behind`, cause)
    else if (what === "stall") report(`${where} makes no progress`, cause)
    else
      report(halted ? `the export of ${where} has stopped` : `the export of ${where} failed and is tried again`, cause)
  }
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
    const running = await joinGroup({
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
            }),
          }
        }),
      idleMs: IDLE_MS,
      ...(options.gather === undefined ? {} : { gather: options.gather }),
      pauses: PAUSES,
      atStop: "step",
      stallMs: STALL_MS,
      checkMs: options.checkMs ?? CHECK_MS,
      onProblem,
      onChecked: (now) => onMetrics?.(metricsOf(now)),
    })
    return {
      metrics: () => metricsOf(running.metrics()),
      settled: () => running.settled(),
      halted: halt.promise,
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
