/** Walks the records of one stream partition. */
import type { Log, LogRecord } from "./port.ts"

const RECORDS = 512
const BYTES = 8 << 20

/**
 * The records that are kept, in order.
 * @param from an offset; at the first that is kept where it is gone
 * @param until read no further than this offset; where left out, to the end that the stream has when the reader comes to it
 */
export async function* recordsIn(
  log: Pick<Log, "bounds" | "read">,
  stream: string,
  partition: number,
  from = 0,
  until = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<LogRecord> {
  const at = { stream, partition }
  const { start } = await log.bounds(at)
  for (let next = Math.max(from, start); next < until; ) {
    const records = await log.read(at, next, RECORDS, BYTES)
    if (records.length === 0) return
    for (const record of records) {
      if (record.offset >= until) return
      yield record
    }
    next = records.at(-1)!.offset + 1
  }
}
