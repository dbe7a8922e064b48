/** The tick source: so that silence, expiry and cooldown advance without messages. The only writer of tick entries. */
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { encodeTick } from "./entries.ts"

export interface TickSource {
  /** Resolves when the last tick is durable. */
  stop(): Promise<void>
}

export interface TickOptions {
  readonly everyMs: number
  /** The partitions whose ticks are this process's duty now; asked each time, since shares come and go. */
  readonly partitions: () => ReadonlyArray<number>
  /** Called once per failed append; the next interval tries again. */
  readonly onError: (cause: unknown) => void
}

const tick = (log: Log, partition: number): Promise<unknown> =>
  log.append({ stream: STREAMS.submitted, partition }, [encodeTick()])

/** Appends one tick entry to each partition at every interval. */
export const startTicks = (log: Log, { everyMs, partitions, onError }: TickOptions): TickSource => {
  // A partition that is slower than the ticks gets one for several, and keeps no other waiting.
  const pending = new Map<number, Promise<void>>()
  const timer = setInterval(() => {
    for (const partition of partitions()) {
      if (pending.has(partition)) continue
      const appended = tick(log, partition)
        .then(() => undefined, onError)
        .finally(() => pending.delete(partition))
      pending.set(partition, appended)
    }
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(pending.values())
    },
  }
}

/** One tick to every partition, now. */
export const appendTicks = async (log: Log): Promise<void> => {
  await Promise.all(Array.from({ length: log.partitions }, (_, partition) => tick(log, partition)))
}
