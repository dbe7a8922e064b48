/** What a fetch brings: batches to records, without those of aborted transactions. */
import { promisify } from "node:util"
import { gunzip, zstdDecompress, zstdDecompressSync } from "node:zlib"
import { type LogRecord, MORE_HEADERS, StorageError, UNPACKABLE } from "@assay/log"
import {
  ATTRIBUTES_AT,
  BATCH_HEAD,
  COMPRESSION_MASK,
  CONTROL,
  LOG_APPEND_TIME,
  readLong,
  TRANSACTIONAL,
  ZSTD,
} from "./batch.ts"
import { crc32c } from "./crc32c.ts"
import { AT_ONCE, pieceFor } from "./piece.ts"

const unzstd = promisify(zstdDecompress)
const ungzip = promisify(gunzip)
const GZIP = 1
/** What one batch may become: nobody may fill the memory with a small one. */
const MAX_UNPACKED = 64 << 20
/**
 * What one fetch may become, since it holds many batches, and each of a few KiB may unpack to all that one may be. At the
 * first batch that reaches it the rest is left for the next fetch.
 */
const FETCH_UNPACKED = 32 << 20
/** Records and headers that one fetch may become: there are 10 million empty ones in what a batch may unpack to. */
const FETCH_PARTS = 65_536
/** Headers of one record; those beyond are not kept, and `MORE_HEADERS` says how many they were. */
const MAX_HEADERS = 65_536

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: number
}

export interface Decoded {
  readonly records: Array<LogRecord>
  /** Where the next fetch goes on: behind markers and aborted records too. */
  readonly next: number
}

/** Reads the zigzag varints of records, and the parts that they measure. */
class Cursor {
  at = 0
  /** Records and headers so far. */
  parts = 0
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  varint(): number {
    let result = 0
    let factor = 1
    for (;;) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new StorageError("a record batch ends in the middle of a record")
      result += (byte & 127) * factor
      if (byte < 128) break
      factor *= 128
    }
    return result % 2 === 0 ? result / 2 : -(result + 1) / 2
  }

  /** Null for a length of -1. */
  field(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const start = this.at
    this.at = start + length
    if (this.at > this.bytes.length) throw new StorageError("a record batch ends in the middle of a record")
    return this.bytes.subarray(start, this.at)
  }
}

const EMPTY = Buffer.alloc(0)

const readHeaders = (cursor: Cursor, count: number): Record<string, Uint8Array | Array<Uint8Array>> => {
  const headers: Record<string, Uint8Array | Array<Uint8Array>> = Object.create(null)
  const kept = Math.min(count, MAX_HEADERS)
  cursor.parts += kept
  if (count > kept) headers[MORE_HEADERS] = Buffer.from(String(count - kept))
  for (let n = 0; n < kept; n++) {
    const name = (cursor.field() ?? EMPTY).toString("utf8")
    const value = cursor.field() ?? EMPTY
    const present = headers[name]
    if (present === undefined) headers[name] = value
    else if (Array.isArray(present)) present.push(value)
    else headers[name] = [present as Uint8Array, value]
  }
  return headers
}

/** What is the same for all records of a batch. */
interface BatchOf {
  readonly base: number
  readonly baseTime: number
  readonly appendTime: number | null
}

/** @returns null for a record before `from` */
const readRecord = (cursor: Cursor, from: number, { base, baseTime, appendTime }: BatchOf): LogRecord | null => {
  const length = cursor.varint()
  const end = cursor.at + length
  cursor.at++ // attributes
  const time = appendTime ?? baseTime + cursor.varint()
  if (appendTime !== null) cursor.varint()
  const offset = base + cursor.varint()
  if (offset < from) {
    cursor.at = end
    return null
  }
  cursor.parts++
  const key = cursor.field()
  const value = cursor.field()
  const count = cursor.varint()
  const record = { offset, time, key: key ?? EMPTY, value: value ?? EMPTY }
  const headers = count > 0 ? { headers: readHeaders(cursor, count) } : null
  cursor.at = end
  if (key !== null && value !== null) return headers === null ? record : { ...record, ...headers }
  return {
    ...record,
    ...headers,
    absent: { ...(key === null ? { key: true } : {}), ...(value === null ? { value: true } : {}) },
  }
}

/** On this thread; null where it becomes too much for that. */
const unpackAtOnce = (bytes: Buffer, chunkSize: number): Buffer | null => {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: 2 * AT_ONCE, chunkSize })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return null
    throw cause
  }
}

/** Null where it cannot be unpacked: another codec than zstd and gzip, not what it claims to be, or too large. */
const unpack = async (bytes: Buffer, codec: number): Promise<Buffer | null> => {
  if (codec === 0) return bytes
  try {
    const options = { maxOutputLength: MAX_UNPACKED, chunkSize: pieceFor(bytes.length * 6) }
    if (codec === ZSTD && bytes.length * 4 <= AT_ONCE)
      return unpackAtOnce(bytes, options.chunkSize) ?? (await unzstd(bytes, options))
    if (codec === ZSTD) return await unzstd(bytes, options)
    return codec === GZIP ? await ungzip(bytes, options) : null
  } catch {
    return null // the checksum was right, so it was sent like this: each record comes as one that cannot be read
  }
}

const unpackable = (offset: number, time: number, codec: number): LogRecord => ({
  offset,
  time,
  key: EMPTY,
  value: EMPTY,
  headers: { [UNPACKABLE]: Buffer.from(`codec ${codec}`) },
  absent: { key: true, value: true },
})

/**
 * What would be too much at once is left for the next fetch; some of it always comes.
 * @param set the record set of a fetch response; its last batch may be cut off
 * @param aborted of the same response, by first offset
 * @throws StorageError where a batch is damaged
 */
export const decodeBatches = async (
  set: Buffer,
  from: number,
  aborted: ReadonlyArray<AbortedTransaction>,
): Promise<Decoded> => {
  const records: Array<LogRecord> = []
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<bigint>()
  let next = from
  let unpacked = 0
  let parts = 0
  for (let at = 0; at + BATCH_HEAD <= set.length; ) {
    const size = set.readInt32BE(at + 8) + 12
    if (at + size > set.length) break
    const batch = set.subarray(at, at + size)
    at += size
    if (batch[16] !== 2)
      throw new StorageError(`a record batch of magic ${batch[16]}: Assay reads 2 (Kafka 0.11 and newer)`)
    const base = readLong(batch, 0)
    const last = base + batch.readInt32BE(23)
    if (last < from) continue
    if (crc32c(batch, ATTRIBUTES_AT) !== batch.readUInt32BE(17))
      throw new StorageError(`the record batch at offset ${base} is damaged: its checksum does not match`)
    next = last + 1
    const attributes = batch.readInt16BE(ATTRIBUTES_AT)
    const producerId = batch.readBigInt64BE(43)
    while (waiting.length > 0 && waiting[0]!.firstOffset <= last) open.add(waiting.shift()!.producerId)
    if ((attributes & CONTROL) !== 0) {
      open.delete(producerId) // commit or abort: this producer's transaction is over
      continue
    }
    if ((attributes & TRANSACTIONAL) !== 0 && open.has(producerId)) continue
    const appendTime = (attributes & LOG_APPEND_TIME) !== 0 ? readLong(batch, 35) : null
    const baseTime = readLong(batch, 27)
    const codec = attributes & COMPRESSION_MASK
    const plain = await unpack(batch.subarray(BATCH_HEAD), codec)
    if (plain === null) {
      for (let offset = Math.max(from, base); offset <= last; offset++) {
        records.push(unpackable(offset, appendTime ?? baseTime, codec))
        if (++parts >= FETCH_PARTS) return { records, next: offset + 1 }
      }
      continue
    }
    const cursor = new Cursor(plain)
    cursor.parts = parts
    for (let left = batch.readInt32BE(57); left > 0; left--) {
      const record = readRecord(cursor, from, { base, baseTime, appendTime })
      if (record === null) continue
      records.push(record)
      if (cursor.parts >= FETCH_PARTS) return { records, next: left === 1 ? last + 1 : record.offset + 1 }
    }
    parts = cursor.parts
    if (codec !== 0) unpacked += plain.length
    if (unpacked >= FETCH_UNPACKED) break
  }
  return { records, next }
}
