/** Keeps a sealer going: seals when enough events stand or the interval is over, retries, and alarms when it falls behind. */
import { type Handler, runLoop } from "@assay/consumer"
import { DataDirError, type Log, LostRecordsError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { SealerError } from "./error.ts"
import type { Sealer } from "./sealer.ts"
import { sealedUpTo } from "./unsealed.ts"

export interface RunOptions {
  readonly log: Log
  readonly partition: number
  /** Seal at the latest so many milliseconds after an event came (default 250). */
  readonly intervalMs?: number
  /** Look whether the stream still reaches to what is sealed, when nothing comes for so many milliseconds (default 5,000). */
  readonly idleMs?: number
  /** Seal as soon as so many events stand (default 4096); the sealer's own `maxBatch`. */
  readonly maxBatch?: number
  /** Alarm when the oldest unsealed event is older than this, in milliseconds (default 10,000). */
  readonly alarmAfterMs?: number
  readonly now?: () => number
  /** Called at every check for as long as the age is above the limit, and once with 0 when it is below again. */
  readonly onAlarm?: (unsealedAgeMs: number) => void
  /** A failed seal. It is retried, unless `fatal`: then this sealer has stopped for good. */
  readonly onProblem?: (cause: unknown, fatal: boolean) => void
}

export interface SealerMetrics {
  /** Leaves in the log. */
  readonly size: number
  readonly seals: number
  readonly failures: number
  /** Age of the oldest event that is not sealed, in milliseconds; 0 where all are. As of the last check. */
  readonly unsealedAgeMs: number
}

export interface RunningSealer {
  metrics(): SealerMetrics
  /** Resolves when all that stands in audit.events now is sealed; rejects when the sealer has stopped for good. */
  settled(): Promise<void>
  /** Seals what stands, then stops. Rejects with what stopped the sealer before. */
  stop(): Promise<void>
}

/** A failed seal is tried again after the interval, at the latest after so many. */
const LONGEST_PAUSE = 4

const handlerOf = (sealer: Sealer, { log, partition, maxBatch = 4096 }: RunOptions): Handler => ({
  get next() {
    return sealer.next
  },
  step: async () => {
    const sealed = await sealer.seal()
    return { handled: sealed?.count ?? 0, atEnd: sealed === null || (sealed.cut !== true && sealed.count < maxBatch) }
  },
  idle: () => sealer.republish(),
  // One that cannot resume does not know how far it is; what it leaves unsealed must show all the same.
  position: async () => (sealer.isRestored ? sealer.next : sealedUpTo(log, partition)),
})

export const runSealer = (sealer: Sealer, options: RunOptions): RunningSealer => {
  const { log, partition, intervalMs = 250, idleMs = 5_000, maxBatch = 4096 } = options
  const { alarmAfterMs = 10_000, now = Date.now, onAlarm } = options
  const loop = runLoop(handlerOf(sealer, options), {
    log,
    at: { stream: STREAMS.audit, partition },
    idleMs,
    gather: { ms: intervalMs, records: maxBatch },
    pauses: { firstMs: intervalMs, longestMs: LONGEST_PAUSE * intervalMs },
    atStop: "all",
    // A TakenOverError does not: it may only mean that we slept. Resuming finds out whether the log is still ours.
    halts: (cause) =>
      cause instanceof SealerError || cause instanceof LostRecordsError || cause instanceof DataDirError,
    alarmAfterMs,
    countsLag: false,
    now,
    ...(onAlarm === undefined ? {} : { onAlarm }),
    onProblem: ({ cause, halted }) => options.onProblem?.(cause, halted),
  })
  const timer = setInterval(() => void loop.check(), intervalMs)
  timer.unref()
  return {
    metrics: () => {
      const { steps, failures, ms } = loop.metrics()
      return { size: sealer.size, seals: steps, failures, unsealedAgeMs: ms }
    },
    settled: () => loop.settled(),
    stop: () => loop.stop().finally(() => clearInterval(timer)),
  }
}
