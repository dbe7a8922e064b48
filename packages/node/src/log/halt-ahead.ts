/**
 * Halts what judges before a stamp that this machine's clock says has not come. The stamp is in the log already, by a process
 * whose clock was wrong or by brokers whose clock is; judged under it, everything would have expired for good. No verdict follows
 * from the clock: the entries wait, and are the same when they are judged.
 */
import { AheadOfClockError, type Log, type LogRecord } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { MAX_JUMP_MS } from "./time-guard.ts"

/** @param wall milliseconds since 1970 */
export const haltAhead = (log: Log, wall: () => number): Log => ({
  ...log,
  read: async (at, from, maxRecords, maxBytes) => {
    const records = await log.read(at, from, maxRecords, maxBytes)
    return at.stream === STREAMS.submitted ? beforeFirstAhead(records, at.partition, wall()) : records
  },
})

/** @throws AheadOfClockError where none is left */
const beforeFirstAhead = (
  records: ReadonlyArray<LogRecord>,
  partition: number,
  now: number,
): ReadonlyArray<LogRecord> => {
  const index = records.findIndex(({ time }) => time - now > MAX_JUMP_MS)
  if (index < 0) return records
  if (index > 0) return records.slice(0, index)
  const { offset, time } = records[0]!
  throw new AheadOfClockError(
    `${STREAMS.submitted}/${partition}: the record at offset ${offset} is stamped ${new Date(time).toISOString()}, ${Math.round((time - now) / 1000)} s ahead of this machine's clock. Nothing was judged under it: set this machine's clock right. If it is right, the log was stamped by a clock that was not: wait until that time has come, restore a backup, or go on under it with ASSAY_ACCEPT_TIME=true, and what expires by it does so for good`,
  )
}
