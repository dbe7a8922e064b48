/**
 * How far rows were made, where the log may have forgotten it: brokers drop the position of a group that was idle for days. Each
 * count says up to which offset the commit that wrote it went, so going on from the last one doubles nothing.
 */
import { type Log, recordsIn, type StreamPartition } from "@assay/log"
import { decodeQualityRow, type QualityRow, readable } from "@assay/schemas"
import { STREAMS } from "@assay/streams"

/** The consumer group, as in the role `readings` of `@assay/streams`. */
export const READINGS_GROUP = "readings"

const AVRO = 0

const rowIn = (value: Uint8Array): Pick<QualityRow, "outcome" | "next"> | null => {
  if (value[0] === AVRO) return readable(() => decodeQualityRow(value))
  try {
    return JSON.parse(Buffer.from(value).toString("utf8")) as QualityRow
  } catch {
    return null // not a count of ours
  }
}

/**
 * @param at a partition of a decided stream
 * @returns 0 where the log itself has a position, or nothing was made yet
 */
export const knownPosition = async (log: Log, at: StreamPartition): Promise<number> => {
  if ((await log.position(READINGS_GROUP, at)) > 0) return 0
  // Nothing was ever decided so: there is nothing to have been made, and all counts need not be read at each start.
  if ((await log.bounds(at)).end === 0) return 0
  let known = 0
  for await (const { value } of recordsIn(log, STREAMS.readingsQuality, at.partition)) {
    const row = rowIn(value)
    if (row !== null && STREAMS[row.outcome] === at.stream && Number.isSafeInteger(row.next))
      known = Math.max(known, row.next)
  }
  return known
}
