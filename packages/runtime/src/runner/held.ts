/** Finds a decided message again by its origin: decided streams keep the order of `submitted`, so a binary search will do. */
import { type Log, type LogRecord, STREAMS } from "@assay/log"
import { decodeAssayed } from "@assay/schemas"
import type { AssayedMessage, Origin } from "@assay/trust"

const READ_BYTES = 1 << 20

const first = async (log: Log, stream: string, partition: number, from: number): Promise<LogRecord | undefined> =>
  (await log.read({ stream, partition }, from, 1, READ_BYTES))[0]

/** @returns the original quarantined message, or null where it is no longer kept */
export const findQuarantined = (log: Log, origin: Origin): Promise<AssayedMessage | null> =>
  findByOrigin(log, STREAMS.quarantined, origin)

/** @returns the message with this origin on a stream ordered by origin, or null */
export const findByOrigin = async (log: Log, stream: string, origin: Origin): Promise<AssayedMessage | null> => {
  const { partition } = origin
  const bounds = await log.bounds({ stream, partition })
  let low = bounds.start
  let high = bounds.end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const record = await first(log, stream, partition, middle)
    if (record === undefined) {
      high = middle
      continue
    }
    const message = decodeAssayed(record.value)
    // A released copy carries an older origin; only `annotated` has those, and it is not searched for held ones.
    if (message.origin.offset === origin.offset) return message
    if (message.origin.offset < origin.offset) low = record.offset + 1
    else high = middle
  }
  return null
}
