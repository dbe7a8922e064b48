/** How far a group is behind on a stream partition. */
import type { Log, LogRecord, StreamPartition } from "./port.ts"

/** What a group has still to read. */
export interface Unread {
  /**
   * At most so many; 0 only where there is none. Offsets alone would not tell: they have gaps, and a partition may end in one (the
   * marker of a transaction).
   */
  readonly records: number
  /** Null where there is none. */
  readonly first: LogRecord | null
}

/** How many records are still to be read (`Unread.records`). */
export const lagOf = async (log: Log, group: string, at: StreamPartition): Promise<number> =>
  (await unreadWithin(log, group, at, log.bounds(at))).records

/** What is still to be read of what is shown now, whatever this process wrote itself: for whoever watches the group's work. */
export const shownUnread = (log: Log, group: string, at: StreamPartition): Promise<Unread> =>
  unreadWithin(log, group, at, shownBounds(log, at))

/** What readers may have now, without waiting for what this process wrote (`Log.shown`). */
export const shownBounds = (log: Pick<Log, "bounds" | "shown">, at: StreamPartition): ReturnType<Log["bounds"]> =>
  log.shown === undefined ? log.bounds(at) : log.shown(at)

const NOTHING: Unread = { records: 0, first: null }

const unreadWithin = async (
  log: Log,
  group: string,
  at: StreamPartition,
  bounds: ReturnType<Log["bounds"]>,
): Promise<Unread> => {
  const [{ start, end }, position] = await Promise.all([bounds, log.position(group, at)])
  const next = Math.max(start, position)
  if (end <= next) return NOTHING
  const [first] = await log.read(at, next, 1, 1)
  return first === undefined ? NOTHING : { records: end - next, first }
}
