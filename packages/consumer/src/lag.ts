/** How far a consumer is behind on a stream partition. */
import type { Log, StreamPartition } from "@assay/log"

export interface Lag {
  /** Age of the oldest record that is not handled, by the log's stamp; 0 where there is none. */
  readonly ms: number
  /** At most so many are not handled: offsets have gaps. */
  readonly records: number
}

/** @param next the next offset to handle @returns milliseconds; 0 where all are handled. @throws what the log says */
export const ageOf = async (
  log: Pick<Log, "read">,
  at: StreamPartition,
  next: number,
  now: number,
): Promise<number> => {
  const [oldest] = await log.read(at, next, 1, 1)
  return oldest === undefined ? 0 : Math.max(0, now - oldest.time)
}

/** One look more at the log than `ageOf`, where something waits. @throws what the log says */
export const lagFrom = async (
  log: Pick<Log, "read" | "bounds">,
  at: StreamPartition,
  next: number,
  now: number,
): Promise<Lag> => {
  const [oldest] = await log.read(at, next, 1, 1)
  if (oldest === undefined) return { ms: 0, records: 0 }
  const { end } = await log.bounds(at)
  return { ms: Math.max(0, now - oldest.time), records: Math.max(1, end - oldest.offset) }
}
