/** The tick source: so that silence, expiry and cooldown advance without messages. The only writer of tick entries. */
import { type Log, STREAMS } from "@assay/log"
import { encodeTick } from "./entries.ts"

export interface TickSource {
  /** Resolves when the last tick is durable. */
  stop(): Promise<void>
}

/**
 * Appends one tick entry to every partition each `everyMs`.
 * @param onError called once per failed append; the next interval tries again
 */
export const startTicks = (log: Log, everyMs: number, onError: (cause: unknown) => void): TickSource => {
  let pending: Promise<unknown> = Promise.resolve()
  let busy = false
  const timer = setInterval(() => {
    if (busy) return // the log is slower than the ticks: one tick then stands for several
    busy = true
    pending = appendTicks(log)
      .catch(onError)
      .finally(() => {
        busy = false
      })
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await pending
    },
  }
}

/** One tick to every partition, now. */
export const appendTicks = async (log: Log): Promise<void> => {
  await Promise.all(
    Array.from({ length: log.partitions }, (_, partition) =>
      log.append({ stream: STREAMS.submitted, partition }, [encodeTick()]),
    ),
  )
}
