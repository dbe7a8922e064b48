/** Finds a decided message again by its origin: decided streams keep the order of `submitted`, so a binary search will do. */
import { type Log, type LogRecord, recordsIn } from "@assay/log"
import { decodeAssayed, decodeRejected, type RejectedRecord, readable, WireError } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import type { AssayedMessage, Origin } from "@assay/trust"

const READ_BYTES = 1 << 20

/** A decided message, and the record that it was read from. */
export interface Found {
  readonly record: LogRecord
  readonly message: AssayedMessage
}

/** @returns the original quarantined message, or null where it is no longer kept */
export const findQuarantined = (log: Log, origin: Origin): Promise<AssayedMessage | null> =>
  findByOrigin(log, STREAMS.quarantined, origin).then((found) => found?.message ?? null)

/**
 * @returns the message that a stage failed at, as it is kept, or null where it no longer is. The stream is read through: it holds
 *   few records, or something is broken
 */
export const findUndecided = async (log: Log, origin: Origin): Promise<RejectedRecord | null> => {
  for await (const { value } of recordsIn(log, STREAMS.undecided, origin.partition)) {
    const kept = readable(() => decodeRejected(value))
    if (kept?.origin.offset === origin.offset && kept.origin.epoch === origin.epoch) return kept
  }
  return null
}

/** @returns the message with this origin on a stream ordered by origin, or null */
export const findByOrigin = async (log: Log, stream: string, origin: Origin): Promise<Found | null> => {
  const { partition } = origin
  // What was decided in an earlier epoch lies in the log of that epoch.
  if (origin.epoch !== log.epoch) return null
  const bounds = await log.bounds({ stream, partition })
  let low = bounds.start
  let high = bounds.end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await firstMessage(log, stream, partition, middle, high)
    if (found === null) {
      high = middle
      continue
    }
    const { record, message } = found
    // A released copy carries an older origin; only `annotated` has those, and it is not searched for held ones.
    if (message.origin.offset === origin.offset) return found
    if (message.origin.offset < origin.offset) low = record.offset + 1
    else high = middle
  }
  return null
}

/**
 * The first message in `[from, before)`; null where there is none: offsets have gaps. What somebody else wrote there and
 * is no message of ours is passed over, since a command that releases one must not stop the partition for it.
 */
const firstMessage = async (
  log: Log,
  stream: string,
  partition: number,
  from: number,
  before: number,
): Promise<Found | null> => {
  for (let at = from; at < before; ) {
    const [record] = await log.read({ stream, partition }, at, 1, READ_BYTES)
    if (record === undefined || record.offset >= before) return null
    try {
      return { record, message: decodeAssayed(record.value) }
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause
      at = record.offset + 1
    }
  }
  return null
}
