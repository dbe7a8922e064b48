/** Where a stream partition begins that is read from a time on. */
import type { Log, StreamPartition } from "@assay/log"

/**
 * The log's stamps never run backwards within a stream partition, so a binary search will do.
 * @param sinceMs milliseconds since 1970
 * @returns the offset of the first record stamped at or after that time; the end where there is none
 */
export const offsetSince = async (
  log: Pick<Log, "read" | "bounds">,
  at: StreamPartition,
  sinceMs: number,
): Promise<number> => {
  const { start, end } = await log.bounds(at)
  let low = start
  let high = end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [record] = await log.read(at, middle, 1, 1)
    if (record === undefined || record.offset >= high || record.time >= sinceMs) high = middle
    else low = record.offset + 1
  }
  return low
}
