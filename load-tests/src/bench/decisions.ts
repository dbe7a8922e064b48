/** Sees decisions as any consumer would: on the committed streams of decided and of rejected messages. */
import type { Log } from "@assay/log"
import { originOf } from "@assay/schemas"
import { BYTES, DECIDED, RECORDS } from "./decided.ts"

export interface Watching {
  /** Resolves when the reads in hand are over. Rejects with what ended one before. */
  stop(): Promise<void>
}

/**
 * Tells each decision from now on, and when it was seen (by `performance.now()`). Only the origin is decoded, so that
 * watching costs little beside what is watched. Messages issued again (releases) are reported again.
 */
export const watchDecisions = async (
  log: Log,
  onDecided: (partition: number, offset: number, now: number) => void,
): Promise<Watching> => {
  const stopping = new AbortController()
  const { signal } = stopping
  const one = async (at: { stream: string; partition: number }, schema: (typeof DECIDED)[number][1], from: number) => {
    for (let next = from; !signal.aborted; ) {
      const records = await log.read(at, next, RECORDS, BYTES)
      const now = performance.now()
      for (const { value } of records) {
        const { partition, offset } = originOf(schema, value)
        onDecided(partition, offset, now)
      }
      if (records.length > 0) next = records.at(-1)!.offset + 1
      else await log.waitFor(at, next, signal)
    }
  }
  const watched: Array<Promise<void>> = []
  for (const [stream, schema] of DECIDED)
    for (let partition = 0; partition < log.partitions; partition++) {
      const at = { stream, partition }
      watched.push(one(at, schema, (await log.bounds(at)).end))
    }
  const all = Promise.all(watched)
  all.catch(() => stopping.abort()) // reported by `stop`
  return {
    stop: async () => {
      stopping.abort()
      await all
    },
  }
}
