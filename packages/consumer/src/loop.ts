/**
 * Follows one stream partition with a handler, until it is stopped.
 *
 * Guarantees:
 * - Steps come one after the other. One that fails is taken again after a pause (`pauses`), for ever: an outage ends.
 * - What trying again cannot help (`halts`; records that were lost, where nothing else is said) halts the loop for good.
 * - `stop` finishes the step in hand, and with `atStop: "all"` what stands in the stream by then as well: others may go on writing.
 * - The age of the oldest record that waits is looked at by `check`, which a timer calls: a step that hangs is noticed too.
 * Nothing here writes to the log.
 */
import { setTimeout as delay } from "node:timers/promises"
import { type Pauses, pauseMs } from "@assay/bounded"
import { type Log, LostRecordsError, type StreamPartition } from "@assay/log"
import type { Handler } from "./handler.ts"
import { ageOf, type Lag, lagFrom } from "./lag.ts"

export interface LoopOptions {
  readonly log: Pick<Log, "read" | "bounds" | "waitFor">
  /** Whose records wake the loop, and by which its lag is reported. */
  readonly at: StreamPartition
  /** A step is taken at the latest so many milliseconds after the one before, also where nothing came. */
  readonly idleMs: number
  /** After the first record came, waits for so many or so long, to handle them at once; left out: handles them as they come. */
  readonly gather?: { readonly ms: number; readonly records: number }
  readonly pauses: Pauses
  readonly atStop: "step" | "all"
  /** Whether trying again cannot help. Left out: LostRecordsError. */
  readonly halts?: (cause: unknown) => boolean
  /** Above this age of the oldest record that waits, `onAlarm` is called at every check; and once with 0 when it is below again. */
  readonly alarmAfterMs?: number
  readonly onAlarm?: (ms: number) => void
  /** A step that takes longer is reported by `onProblem`, once. */
  readonly stallMs?: number
  /** False: only the age is looked at, which spares a look at the log at each check. */
  readonly countsLag?: boolean
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly onProblem: (problem: Problem) => void
}

export interface Problem {
  /** `step`: it is taken again, unless `halted`. `lag`: it is unknown how far it is behind. `stall`: a step takes long. */
  readonly what: "step" | "lag" | "stall"
  readonly at: StreamPartition
  readonly cause: unknown
  /** The loop has ended for good. */
  readonly halted: boolean
}

export interface LoopMetrics extends Lag {
  /** Steps that handled something. */
  readonly steps: number
  /** Records handled. */
  readonly handled: number
  readonly failures: number
  /** The last step failed, and it is being tried again. */
  readonly failing: boolean
  readonly halted: boolean
}

export interface Loop {
  metrics(): LoopMetrics
  /** Measures the lag, and tells of alarms and stalls. Never rejects. */
  check(): Promise<void>
  /** Resolves when all that stands in the stream now is handled; rejects with what halted the loop, or when it is stopped before. */
  settled(): Promise<void>
  /** Rejects with what halted the loop before, or failed while it was being stopped. */
  stop(): Promise<void>
}

export const runLoop = (handler: Handler, options: LoopOptions): Loop => {
  const { log, at, idleMs, gather, pauses, atStop, onProblem, now = Date.now } = options
  const { halts = (cause) => cause instanceof LostRecordsError } = options
  const { alarmAfterMs = Number.POSITIVE_INFINITY, stallMs = Number.POSITIVE_INFINITY, countsLag = true } = options
  const stopping = new AbortController()
  let lag: Lag = { ms: 0, records: 0 }
  const count = { steps: 0, handled: 0, failures: 0 }
  let attempt = 0
  let failing = false
  let alarmed = false
  let failed: unknown = null
  let hasStepped = false
  let hasEnded = false
  let steppingSince: number | null = null
  let isStallReported = false
  let checking: Promise<void> | null = null
  const wake: Array<() => void> = []

  const wakeAll = (): void => {
    for (const notify of wake.splice(0)) notify()
  }

  /** Where the stream ended when it was first asked after the stop. */
  let end: number | null = null
  const isStopDone = async (atEnd: boolean, handled: number): Promise<boolean> => {
    if (atStop === "step" || (atEnd && handled === 0)) return true
    end ??= (await log.bounds(at)).end
    return handler.next >= end
  }

  /** Takes steps until nothing is known to wait; when stopping, as `atStop` says. */
  const drain = async (): Promise<void> => {
    for (;;) {
      steppingSince = performance.now()
      isStallReported = false
      const { handled, atEnd } = await handler.step().finally(() => {
        steppingSince = null
      })
      failing = false
      hasStepped = true
      count.handled += handled
      if (handled > 0) count.steps += 1
      // Also where nothing was handled: who asked before the first step did not know how far the handler is.
      wakeAll()
      if (stopping.signal.aborted ? await isStopDone(atEnd, handled) : atEnd) return
    }
  }

  const news = async (): Promise<void> => {
    // Not for ever: a stream that was replaced by a shorter one has nothing at `next`, and only a step notices.
    const idle = AbortSignal.any([stopping.signal, AbortSignal.timeout(idleMs)])
    await log.waitFor(at, handler.next, idle)
    if (idle.aborted) {
      if (!stopping.signal.aborted) await handler.idle?.()
      return
    }
    if (gather === undefined) return
    const over = AbortSignal.any([stopping.signal, AbortSignal.timeout(gather.ms)])
    await log.waitFor(at, handler.next + gather.records - 1, over)
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await drain()
        if (!stopping.signal.aborted) await news()
        attempt = 0
      } catch (cause) {
        failing = true
        count.failures += 1
        attempt += 1
        const halted = halts(cause)
        onProblem({ what: "step", at, cause, halted })
        if (halted) throw cause
        await delay(pauseMs(pauses, attempt), undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
    if (atStop === "all") await drain()
  }

  const look = async (): Promise<void> => {
    const hanging = steppingSince === null ? 0 : performance.now() - steppingSince
    if (hanging > stallMs && !isStallReported) {
      isStallReported = true
      const cause = new Error(`a step at offset ${handler.next} has taken ${Math.round(hanging / 1000)} s so far`)
      onProblem({ what: "stall", at, cause, halted: false })
    }
    const next = await (handler.position?.() ?? handler.next)
    lag = countsLag ? await lagFrom(log, at, next, now()) : { ms: await ageOf(log, at, next, now()), records: 0 }
    const late = lag.ms > alarmAfterMs
    if (late) options.onAlarm?.(lag.ms)
    else if (alarmed) options.onAlarm?.(0)
    alarmed = late
  }

  const done = run()
    .catch((cause) => {
      failed = cause ?? new Error("the consumer stopped")
    })
    .finally(() => {
      hasEnded = true
      wakeAll()
    })

  return {
    metrics: () => ({ ...count, ...lag, failing, halted: failed !== null }),
    check: () => {
      checking ??= look()
        .catch((cause) => onProblem({ what: "lag", at, cause, halted: false }))
        .finally(() => {
          checking = null
        })
      return checking
    },
    settled: async () => {
      for (;;) {
        // Asked to be woken before looking, so that a step in between is not slept through.
        const stepped = new Promise<void>((resolve) => wake.push(resolve))
        if (failed !== null) throw failed
        // Before the first step nobody knows where the handler stands.
        if (hasStepped && (await log.read(at, handler.next, 1, 1)).length === 0) return
        if (hasEnded) throw new Error("the consumer was stopped before all was handled")
        await stepped
      }
    },
    stop: async () => {
      stopping.abort()
      await done
      if (failed !== null) throw failed
    },
  }
}
