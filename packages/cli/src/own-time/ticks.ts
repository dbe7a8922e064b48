/**
 * When ticks are appended under a time that a caller sets. A node appends one each second; between two messages only the
 * first after a deadline does anything, so that few in their place do the same: one just before what comes next, and in a
 * long gap one each hour of the first day and one each day after it.
 */
const LEAST_MS = 10_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Silence ends trust after a week, and a quarantine by itself after a month at most: beyond, nothing is left to happen. */
const LONGEST_MS = 40 * DAY_MS

/**
 * Instants after `from`, when the last tick was, up to `to`; ascending, at most 64.
 * @param from milliseconds since 1970, as all times here
 */
export function* ticksBetween(from: number, to: number): Iterable<number> {
  if (to - from < LEAST_MS) return
  const end = Math.min(to, from + LONGEST_MS)
  for (let at = from + HOUR_MS; at < end; at += at - from < DAY_MS ? HOUR_MS : DAY_MS) yield at
  yield to
}
