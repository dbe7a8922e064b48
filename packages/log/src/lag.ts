/** How far a group is behind on a stream partition. */
import type { Log, StreamPartition } from "./port.ts"

/**
 * At most so many records are still to be read; 0 only where there is none. Offsets alone would not tell: they have gaps, and
 * a partition may end in one (the marker of a transaction).
 */
export const lagOf = async (log: Log, group: string, at: StreamPartition): Promise<number> => {
  const [{ start, end }, position] = await Promise.all([log.bounds(at), log.position(group, at)])
  const behind = end - Math.max(start, position)
  if (behind <= 0) return 0
  return (await log.read(at, position, 1, 1)).length === 0 ? 0 : behind
}
