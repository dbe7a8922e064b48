/** Whether what a group has still to read, and what it has read, is there. */
import { setTimeout as delay } from "node:timers/promises"
import { LostRecordsError } from "./errors.ts"
import type { Log, StreamPartition } from "./port.ts"

/** A new leader, or a broker that has only just heard of a topic, may show less than there is for a moment. Shorter than a stall. */
const AGAIN_MS = 500

/** Where the stream ends, counting what nobody may read yet; rather too high than too low. */
const writtenEnd = async (log: Log, at: StreamPartition): Promise<number> => {
  // In this order: what is committed in between counts twice, and never not at all.
  const heldBack = (await log.heldBack?.(at)) ?? 0
  return (await log.bounds(at)).end + heldBack
}

/**
 * Offsets have gaps, but none below the first that is still kept: what lay there is gone. And no group has read further than
 * its stream goes: then it is another stream now, or a part of it, and what is written below `next` would never be read.
 * A replaced stream that is already as long as the former one cannot be distinguished from it.
 * @param next the next offset that the group will read
 * @throws LostRecordsError
 */
export const refuseLost = async (log: Log, at: StreamPartition, next: number, againMs = AGAIN_MS): Promise<void> => {
  const { start, end } = await log.bounds(at)
  if (start > next) throw new LostRecordsError(at.stream, at.partition, next, { start })
  if (end >= next || (await writtenEnd(log, at)) >= next) return
  await delay(againMs)
  const last = await writtenEnd(log, at)
  if (last < next) throw new LostRecordsError(at.stream, at.partition, next, { end: last })
}
