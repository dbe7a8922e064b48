/**
 * Reading a container in windows of time. A discovery answers in no order, and a CSE's limit is not to be relied on, so all is asked
 * for, and where it is too many the window is halved until it is not.
 */
import type { Instance } from "./notification.ts"
import { readTimestamp } from "./timestamp.ts"

export interface Source {
  /** Addresses of all instances that were made after one time and before another, milliseconds since 1970. */
  instances(after: number | null, before: number | null): Promise<ReadonlyArray<string>>
  /** Null where there is none, or the CSE has no such thing. */
  oldest(): Promise<Instance | null>
}

export interface Window {
  readonly addresses: ReadonlyArray<string>
  /** All that were made before this time are in it; null: all are. */
  readonly until: number | null
}

/** What they hold is in memory at once: at most 1 MiB each. */
const WINDOW = 64
/** Of one that is made by a CSE whose clock is ahead. */
const AHEAD_MS = 60_000
/** Windows begin and end at whole milliseconds: a time that is asked about is written no finer. What was made within one is taken whole. */
const FINEST_MS = 1

/**
 * @param from whole milliseconds since 1970; what was made at this time or later. Null: all. What was made in the millisecond before
 *   may be in it too: `createdAfter` leaves out what was made at its very time (TS-0001, clause 8.1.2)
 * @throws what the source throws where the CSE does not answer
 */
export const windowFrom = async (source: Source, from: number | null, now = Date.now()): Promise<Window> => {
  const after = from === null ? null : from - FINEST_MS
  let addresses = await source.instances(after, null)
  if (addresses.length < WINDOW) return { addresses, until: null }
  const start = from ?? (await beginning(source))
  // Where the CSE's clock is further ahead, what lies there is read in steps of the same length.
  let span = Math.max(now + AHEAD_MS - start, 2 * AHEAD_MS)
  do {
    span = Math.max(Math.floor(span / 2), FINEST_MS)
    addresses = await source.instances(after, start + span)
  } while (addresses.length >= WINDOW && span > FINEST_MS)
  return { addresses, until: start + span }
}

const beginning = async (source: Source): Promise<number> => {
  const oldest = await source.oldest()
  const at = oldest === null ? Number.NaN : readTimestamp(oldest.createdAt)
  return Number.isNaN(at) ? 0 : Math.floor(at)
}
