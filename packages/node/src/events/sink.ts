/** Where events go: what ends the process once and nothing after it of the same cause, problems once in a while, outages in a handful of lines, everything else as it comes. */
import { EVENT_CODES } from "./codes.ts"
import type { Emit, NodeEvent } from "./event.ts"
import { isOutage, Outage } from "./outage.ts"
import { Repeats } from "./repeats.ts"

const REPEATED_MS = 30_000

export interface EventSink {
  readonly emit: Emit
  /** For what ends the process: every part will meet the same cause, which is not said again. */
  readonly emitLast: Emit
  /** To be called when something was committed: it ends an outage. */
  readonly committed: () => void
}

/** Whether the error, or what is behind it, is `end`. */
const isOf = (cause: unknown, end: unknown): boolean =>
  cause === end || (cause instanceof Error && cause.cause !== undefined && isOf(cause.cause, end))

const nameOf = (cause: unknown): string => (cause instanceof Error ? cause.name : String(cause))

/** @param write takes what is to be said */
export const eventSink = (write: Emit, clock: () => number = () => performance.now()): EventSink => {
  const repeats = new Repeats(REPEATED_MS)
  const outage = new Outage()
  let end: unknown
  const say = (event: NodeEvent | null): void => {
    if (event !== null) write(event)
  }
  return {
    emit: (event) => {
      const now = clock()
      if (event.cause === undefined || EVENT_CODES[event.code].level === "info") return write(event)
      // A halt is reported for each partition: somebody has to look at each.
      if (event.code !== "partition.halted" && isOutage(event.cause)) return say(outage.failed(event, now))
      if (end !== undefined && isOf(event.cause, end)) return
      const again = repeats.admit(`${event.code}: ${event.message}: ${nameOf(event.cause)}`, now)
      if (again === null) return
      const { left, forMs } = again
      if (forMs === 0) return write(event)
      const seconds = Math.round(forMs / 1_000)
      const message = `${event.message} (for ${seconds} s now, ${left} times since it was last said)`
      write({ ...event, message, details: { ...event.details, seconds } })
    },
    emitLast: (event) => {
      end = event.cause
      write(event)
    },
    committed: () => say(outage.committed(clock())),
  }
}
