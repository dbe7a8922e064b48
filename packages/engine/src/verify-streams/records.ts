/** Reads a stream to the end that it has when the reader comes to it. */
import type { Log, LogRecord } from "@assay/log"

const RECORDS = 512
const BYTES = 8 << 20

/** @param until read no further than this offset; to the present end where left out */
export async function* recordsIn(
  log: Log,
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
