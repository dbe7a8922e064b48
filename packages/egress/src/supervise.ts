/**
 * Keeps an export running beside whatever else a process does. What it needs may be away when the process starts, so its start
 * is tried again, for ever; once it runs, its loops try again by themselves. Nobody waits for it: not at the start, and at the
 * stop for a bounded time only.
 */
import { setTimeout as delay } from "node:timers/promises"
import { pauseMs } from "@assay/bounded"
import type { EgressMetrics, RunningEgress } from "./run.ts"

const PAUSES = { firstMs: 500, longestMs: 30_000 }
/** A batch in hand takes a fraction of it. One that is abandoned comes again after the next start. */
const STOP_MS = 5_000

/** `starting`: what it needs is not there yet. `halted`: a stream of it stands still until somebody has looked. */
export type SinkStatus = "starting" | "running" | "halted" | "stopped"

export interface SupervisedOptions {
  /** Opens everything anew. What it throws is reported, and it is called again after a pause. */
  readonly start: () => Promise<RunningEgress>
  readonly onProblem: (what: string, cause: unknown) => void
  /** A stream has halted: records were gone before they were exported. The others go on. */
  readonly onHalted: (cause: unknown) => void
  readonly onMetrics?: (now: EgressMetrics) => void
  /** Default 5,000: how long `stop` waits for the batch in hand. */
  readonly stopMs?: number
  readonly pauses?: { readonly firstMs: number; readonly longestMs: number }
}

export interface SupervisedSink {
  status(): SinkStatus
  metrics(): EgressMetrics
  /** Resolves when all that stands now is exported. Rejects with what halted a stream. Waits for the start. */
  settled(): Promise<void>
  /** @returns whether the batch in hand was finished in time; else it was abandoned, and comes again */
  stop(): Promise<boolean>
}

const NOTHING: EgressMetrics = {
  exported: 0,
  bytes: 0,
  deadLetters: 0,
  refused: 0,
  passedBy: 0,
  summarised: 0,
  failures: 0,
  up: 0,
  lagRecords: 0,
  lagMs: 0,
}

export const superviseEgress = (options: SupervisedOptions): SupervisedSink => {
  const { start, onProblem, onHalted, onMetrics, stopMs = STOP_MS, pauses = PAUSES } = options
  const stopping = new AbortController()
  const started = Promise.withResolvers<RunningEgress>()
  started.promise.catch(() => undefined) // whoever waits for it hears of it
  let running: RunningEgress | null = null
  let isHalted = false
  let failures = 0

  /** What failed before it ran counts as well. */
  const metrics = (): EgressMetrics => {
    const now = running?.metrics() ?? NOTHING
    return { ...now, failures: now.failures + failures }
  }

  const begin = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        running = await start()
        break
      } catch (cause) {
        failures += 1
        onProblem("it could not be started, and is tried again", cause)
        onMetrics?.(metrics())
        await delay(pauseMs(pauses, failures), undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
    if (running === null) return started.reject(new Error("the sink was stopped before it had started"))
    running.halted.catch((cause) => {
      isHalted = true
      onHalted(cause)
    })
    started.resolve(running)
  }
  const beginning = begin()

  return {
    status: () => {
      if (stopping.signal.aborted) return "stopped"
      return isHalted ? "halted" : running === null ? "starting" : "running"
    },
    metrics,
    settled: async () => (await started.promise).settled(),
    stop: async () => {
      stopping.abort()
      const ended = beginning
        .then(() => running?.stop())
        .then(
          () => true,
          (cause) => {
            onProblem("it did not end well", cause)
            return true
          },
        )
      const over = new AbortController()
      const late = delay(stopMs, false, { signal: over.signal }).catch(() => false)
      const isDone = await Promise.race([ended, late])
      over.abort()
      return isDone
    },
  }
}
