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
/** Times are read no finer. What was made within it is taken whole. */
const FINEST_MS = 1

/** @param after milliseconds since 1970; null: from the beginning. Rejects where the CSE does not answer. */
export const windowAfter = async (source: Source, after: number | null, now = Date.now()): Promise<Window> => {
  let addresses = await source.instances(after, null)
  if (addresses.length < WINDOW) return { addresses, until: null }
  const from = after ?? (await beginning(source))
  let span = now + AHEAD_MS - from
  do {
    span /= 2
    addresses = await source.instances(after, from + span)
  } while (addresses.length >= WINDOW && span > FINEST_MS)
  return { addresses, until: from + span }
}

const beginning = async (source: Source): Promise<number> => {
  const oldest = await source.oldest()
  const at = oldest === null ? Number.NaN : readTimestamp(oldest.createdAt)
  // One that is made at this very time lies behind it.
  return Number.isNaN(at) ? 0 : at - FINEST_MS
}
