/**
 * Record batches of magic 2, the form in which Kafka stores and ships records (KIP-98; `DefaultRecordBatch` of the broker).
 * kafkajs builds several objects for every record; the hot path of every hop needs one pass over one buffer.
 *
 * ```
 * baseOffset i64 | batchLength i32 | leaderEpoch i32 | magic i8 | crc u32 | attributes i16 | lastOffsetDelta i32 |
 * baseTimestamp i64 | maxTimestamp i64 | producerId i64 | producerEpoch i16 | baseSequence i32 | count i32 | records
 * ```
 * A record: `length | attributes i8 | timestampDelta | offsetDelta | key | value | headers`, numbers as zigzag varints,
 * lengths of -1 for null. The crc covers all from `attributes` on, as it is shipped (compressed).
 */
export const BATCH_HEAD = 61
/** Where `attributes` begin, and what the crc covers. */
export const ATTRIBUTES_AT = 21
export const COMPRESSION_MASK = 7
export const ZSTD = 4
export const LOG_APPEND_TIME = 8
export const TRANSACTIONAL = 16
export const CONTROL = 32

const HIGH = 0x1_0000_0000

/** A 64-bit offset or time; none of ours reaches 2^53. */
export const readLong = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * HIGH + bytes.readUInt32BE(at + 4)

export const writeLong = (bytes: Buffer, value: number, at: number): void => {
  bytes.writeInt32BE(Math.floor(value / HIGH), at)
  bytes.writeUInt32BE(value % HIGH < 0 ? (value % HIGH) + HIGH : value % HIGH, at + 4)
}

/** The bytes that a non-negative number or -1 takes as a zigzag varint. */
export const sizeOfVarint = (value: number): number => {
  let rest = value < 0 ? 1 : value * 2
  let size = 1
  while (rest >= 128) {
    rest = Math.floor(rest / 128)
    size++
  }
  return size
}

/** Writes a non-negative number or -1 as a zigzag varint. @returns the position behind it */
export const writeVarint = (bytes: Buffer, value: number, at: number): number => {
  let rest = value < 0 ? 1 : value * 2
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}
