/** One fetch from a partition of a topic, as records. */
import { setTimeout as delay } from "node:timers/promises"
import type { Cluster } from "../cluster/cluster.ts"
import { isOutOfRange, isUnknownTopic } from "../cluster/outcome.ts"
import { type Decoded, decodeBatches } from "../wire/decode.ts"
import { fetchRequest } from "../wire/requests.ts"
import { boundsOf } from "./offsets.ts"

export interface FetchOf {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly waitMs: number
  readonly maxBytes: number
}

interface FetchedRecords extends Decoded {
  /** Up to where committed records stood when it was answered. */
  readonly end: number
}

/**
 * The records at and after `from`, or after the first kept offset where that is higher. Nothing for a topic that does not
 * exist, and for an offset beyond the end: brokers answer such a fetch at once, so a long poll waits here instead. Whether a
 * reader may be there at all is not asked here (`refuseLost`).
 * @throws UnavailableError; StorageError where a batch is damaged
 */
export const fetchFrom = (
  cluster: Cluster,
  { topic, partition, from, waitMs, maxBytes }: FetchOf,
): Promise<FetchedRecords> =>
  cluster.retrying(`fetching ${topic}/${partition}`, async () => {
    const once = async (offset: number): Promise<FetchedRecords> => {
      const leader = await cluster.leader(topic, partition)
      const fetched = await leader.connectionPool.send(fetchRequest({ topic, partition, offset, waitMs, maxBytes }))
      const decoded = await decodeBatches(fetched.set, offset, fetched.aborted)
      return { ...decoded, end: fetched.lastStable }
    }
    const nothing = async (): Promise<FetchedRecords> => {
      await delay(waitMs)
      return { records: [], next: from, end: from }
    }
    try {
      return await once(from)
    } catch (cause) {
      if (isUnknownTopic(cause)) return nothing()
      if (!isOutOfRange(cause)) throw cause
      const { start } = await boundsOf(cluster, topic, partition)
      return start > from ? once(start) : nothing()
    }
  })
