/** Follows stream partitions as they are committed, over brokers that go and come back. */
import { setTimeout as sleep } from "node:timers/promises"
import { type Log, type LogRecord, UnavailableError } from "@assay/log"

export interface Following {
  /** Resolves when the read in hand is over. Rejects with what ended it before. */
  stop(): Promise<void>
}

const RECORDS = 2_048
const BYTES = 4 << 20
const RETRY_MS = 200

/** Calls `each` with every record of the stream, partition by partition in order, from the first one kept. */
export const follow = (log: Log, stream: string, each: (partition: number, record: LogRecord) => void): Following => {
  const stopping = new AbortController()
  const { signal } = stopping
  const one = async (partition: number): Promise<void> => {
    const at = { stream, partition }
    for (let next = 0; !signal.aborted; ) {
      try {
        const records = await log.read(at, next, RECORDS, BYTES)
        for (const record of records) each(partition, record)
        if (records.length > 0) next = records.at(-1)!.offset + 1
        else await log.waitFor(at, next, signal)
      } catch (cause) {
        if (!(cause instanceof UnavailableError)) throw cause
        await sleep(RETRY_MS)
      }
    }
  }
  const all = Promise.all(Array.from({ length: log.partitions }, (_, partition) => one(partition)))
  all.catch(() => stopping.abort()) // reported by `stop`
  return {
    stop: async () => {
      stopping.abort()
      await all
    },
  }
}
