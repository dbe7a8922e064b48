/** How far a group is behind on a stream partition. */
import type { Log, StreamPartition } from "./port.ts"

/**
 * At most so many records are still to be read; 0 only where there is none. Offsets alone would not tell: they have gaps, and
 * a partition may end in one (the marker of a transaction).
 */
export const lagOf = (log: Log, group: string, at: StreamPartition): Promise<number> =>
  lagWithin(log, group, at, log.bounds(at))

/** The same of what is shown now, whatever this process wrote itself: for whoever watches the group's work. */
export const shownLagOf = (log: Log, group: string, at: StreamPartition): Promise<number> =>
  lagWithin(log, group, at, shownBounds(log, at))

/** What readers may have now, without waiting for what this process wrote (`Log.shown`). */
export const shownBounds = (log: Pick<Log, "bounds" | "shown">, at: StreamPartition): ReturnType<Log["bounds"]> =>
  log.shown === undefined ? log.bounds(at) : log.shown(at)

const lagWithin = async (
  log: Log,
  group: string,
  at: StreamPartition,
  bounds: ReturnType<Log["bounds"]>,
): Promise<number> => {
  const [{ start, end }, position] = await Promise.all([bounds, log.position(group, at)])
  const behind = end - Math.max(start, position)
  if (behind <= 0) return 0
  return (await log.read(at, position, 1, 1)).length === 0 ? 0 : behind
}
