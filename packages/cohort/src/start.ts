/**
 * A process's part that computes statistics of classes: it follows the verified and annotated streams of every partition, and at the
 * end of each window signs what the classes said and hands it in as knowledge. One for a deployment: a second one is refused its
 * versions, and does no harm. Without it nothing is missing from any verdict.
 */
import { type Loop, limitRepeats, runLoop } from "@assay/consumer"
import { dsseSignWith, type RemoteKey } from "@assay/jose"
import { COHORT_TYPE } from "@assay/knowledge"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import type { Cohort } from "@assay/trust"
import { Aggregator } from "./aggregator.ts"
import { followClass } from "./handler.ts"

export interface CohortsOptions {
  readonly log: Log
  /** An aggregator of the bundle in force. */
  readonly key: RemoteKey
  /** Hands in a signed item. */
  readonly publish: (signed: Uint8Array) => Promise<void>
  /** Default: ten minutes. */
  readonly windowMs?: number
  /** Milliseconds since 1970, the clock that stamps the log. */
  readonly now?: () => number
  readonly onProblem: (message: string, cause: unknown) => void
}

export interface RunningCohorts {
  /** Looks whether the window has ended, and hands in what it came to. Never rejects. A timer calls it. */
  check(): Promise<void>
  /** Resolves when all that stands in the streams now is counted. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const WINDOW_MS = 600_000
const CHECK_MS = 5_000
/** What was decided at the end of a window may still come. */
const GRACE_MS = 5_000
const IDLE_MS = 60_000
const PAUSES = { firstMs: 500, longestMs: 30_000 }
const REPORT_EVERY_MS = 60_000

/** @throws what the key throws */
export const signCohort = (cohort: Cohort, key: RemoteKey): Promise<Uint8Array> =>
  dsseSignWith(COHORT_TYPE, Buffer.from(JSON.stringify(cohort)), [key])

export const startCohorts = (options: CohortsOptions): RunningCohorts => {
  const { log, key, publish, windowMs = WINDOW_MS, now = Date.now } = options
  const report = limitRepeats(options.onProblem, REPORT_EVERY_MS)
  const aggregator = new Aggregator({ windowMs })
  const loops: Array<Loop> = []
  for (let partition = 0; partition < log.partitions; partition++)
    for (const stream of [STREAMS.verified, STREAMS.annotated]) {
      const at = { stream, partition }
      const onProblem = ({ cause }: { readonly cause: unknown }): void =>
        report(`reading ${stream}/${partition}`, cause)
      loops.push(
        runLoop(followClass(log, at, aggregator), {
          log,
          at,
          idleMs: IDLE_MS,
          pauses: PAUSES,
          atStop: "step",
          onProblem,
        }),
      )
    }
  const look = async (): Promise<void> => {
    const { until } = aggregator
    const time = now()
    if (until === null || time < until + GRACE_MS) return
    for (const cohort of aggregator.close(time))
      await signCohort(cohort, key)
        .then(publish)
        .catch((cause: unknown) => report(`handing in the statistics of ${cohort.vendor}/${cohort.class}`, cause))
  }
  let looking: Promise<void> = Promise.resolve()
  const check = (): Promise<void> => {
    looking = looking.then(look)
    return looking
  }
  const timer = setInterval(check, CHECK_MS)
  timer.unref()
  return {
    check,
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled()))
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(loops.map((loop) => loop.stop().catch((cause: unknown) => report("stopping", cause))))
      await looking
    },
  }
}
