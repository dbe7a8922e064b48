/** Keeps a sealer going: seals when enough events stand or the interval is over, retries, and alarms when it falls behind. */
import { setTimeout as delay } from "node:timers/promises"
import { type Log, LostRecordsError } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { sealedUpTo, unsealedAge } from "./age.ts"
import { SealerError } from "./error.ts"
import type { Sealer } from "./sealer.ts"

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

export const runSealer = (sealer: Sealer, options: RunOptions): RunningSealer => {
  const { log, partition, intervalMs = 250, idleMs = 5_000, maxBatch = 4096 } = options
  const { alarmAfterMs = 10_000, now = Date.now } = options
  const at = { stream: STREAMS.audit, partition }
  const stopping = new AbortController()
  let seals = 0
  let failures = 0
  let unsealedAgeMs = 0
  let alarmed = false
  let failed: unknown = null
  const wake: Array<() => void> = []

  const hasUnsealed = async (): Promise<boolean> => (await log.read(at, sealer.next, 1, 1)).length > 0

  /** The metric and the alarm; on its own timer, so that a seal that hangs is noticed too. */
  const check = async (): Promise<void> => {
    // One that cannot resume does not know how far it is; what it leaves unsealed must show all the same.
    const next = sealer.isRestored ? sealer.next : await sealedUpTo(log, partition)
    unsealedAgeMs = await unsealedAge(log, partition, next, now())
    const late = unsealedAgeMs > alarmAfterMs
    if (late) options.onAlarm?.(unsealedAgeMs)
    else if (alarmed) options.onAlarm?.(0)
    alarmed = late
  }

  const gathered = async (): Promise<void> => {
    // Not for ever: a stream that was replaced by a shorter one has nothing at `next`, and only sealing notices.
    const idle = AbortSignal.any([stopping.signal, AbortSignal.timeout(idleMs)])
    await log.waitFor(at, sealer.next, idle)
    if (idle.aborted) return
    const over = AbortSignal.any([stopping.signal, AbortSignal.timeout(intervalMs)])
    await log.waitFor(at, sealer.next + maxBatch - 1, over)
  }

  const drain = async (): Promise<void> => {
    for (;;) {
      const sealed = await sealer.seal()
      // Also where nothing was left to seal: who asked before the first restore did not know how far the log is.
      for (const notify of wake.splice(0)) notify()
      if (sealed === null) return
      seals += 1
      if (sealed.count < maxBatch && !stopping.signal.aborted) return
    }
  }

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await drain()
        await gathered()
      } catch (cause) {
        failures += 1
        // A TakenOverError is not: it may only mean that we slept. Resuming finds out whether the log is still ours.
        const fatal = cause instanceof SealerError || cause instanceof LostRecordsError
        options.onProblem?.(cause, fatal)
        if (fatal) throw cause
        await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
    await drain()
  }

  const timer = setInterval(() => void check().catch((cause) => options.onProblem?.(cause, false)), intervalMs)
  timer.unref()
  const done = loop().catch((cause) => {
    failed = cause ?? new Error("the sealer stopped")
    for (const notify of wake.splice(0)) notify()
  })

  return {
    metrics: () => ({ size: sealer.size, seals, failures, unsealedAgeMs }),
    settled: async () => {
      for (;;) {
        // Asked to be woken before looking, so that a seal in between is not slept through.
        const sealed = new Promise<void>((resolve) => wake.push(resolve))
        if (failed !== null) throw failed
        if (!(await hasUnsealed())) return
        await sealed
      }
    },
    stop: async () => {
      stopping.abort()
      await done
      clearInterval(timer)
      if (failed !== null) throw failed
    },
  }
}
