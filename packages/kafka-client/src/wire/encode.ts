/** Records to one batch, ready for a produce request. */
import { promisify } from "node:util"
import { constants, zstdCompress, zstdCompressSync } from "node:zlib"
import type { Headers, NewRecord } from "@assay/log"
import { ATTRIBUTES_AT, BATCH_HEAD, sizeOfVarint, TRANSACTIONAL, writeLong, writeVarint, ZSTD } from "./batch.ts"
import { crc32c } from "./crc32c.ts"
import { AT_ONCE, pieceFor } from "./piece.ts"

const compress = promisify(zstdCompress)
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 }
/** Below, the frame of zstd costs more than it saves. */
const WORTH_COMPRESSING = 512

/** Who writes, as the broker knows it: what makes a repeated batch recognisable. */
export interface ProducerState {
  /** 64 bits, decimal, as kafkajs gives it. */
  readonly id: string
  readonly epoch: number
}

/** Header names are few and come with each record; what is beyond is encoded each time. */
const MAX_NAMES = 256
const names = new Map<string, Buffer>()

const nameBytes = (name: string): Buffer => {
  const known = names.get(name)
  if (known !== undefined) return known
  const bytes = Buffer.from(name)
  if (names.size < MAX_NAMES) names.set(name, bytes)
  return bytes
}

const headersOf = (headers: Headers | undefined): Array<readonly [Buffer, Uint8Array]> => {
  if (headers === undefined) return []
  const list: Array<readonly [Buffer, Uint8Array]> = []
  for (const [name, value] of Object.entries(headers)) {
    const key = nameBytes(name)
    for (const each of value instanceof Uint8Array ? [value] : value) list.push([key, each])
  }
  return list
}

const NO_HEADERS: ReadonlyArray<readonly [Buffer, Uint8Array]> = []

const fieldSize = (bytes: Uint8Array, absent: boolean | undefined): number =>
  absent === true ? 1 : sizeOfVarint(bytes.length) + bytes.length

const writeField = (into: Buffer, bytes: Uint8Array, absent: boolean | undefined, at: number): number => {
  if (absent === true) return writeVarint(into, -1, at)
  const next = writeVarint(into, bytes.length, at)
  into.set(bytes, next)
  return next + bytes.length
}

/** Headers as they lie in a record, without their count. */
interface Block {
  readonly count: number
  readonly bytes: Uint8Array
}

const NO_BLOCK: Block = { count: 0, bytes: new Uint8Array(0) }
const blocks = new WeakMap<Headers, Block>()

/** Headers that many records have are encoded once. */
const blockOf = (common: Headers | undefined): Block => {
  if (common === undefined) return NO_BLOCK
  const known = blocks.get(common)
  if (known !== undefined) return known
  const list = headersOf(common)
  let size = 0
  for (const [name, value] of list) size += fieldSize(name, false) + fieldSize(value, false)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const [name, value] of list) at = writeField(bytes, value, false, writeField(bytes, name, false, at))
  const block = { count: list.length, bytes }
  blocks.set(common, block)
  return block
}

/** The records alone, uncompressed, after `head` free bytes. */
const encodeRecords = (records: ReadonlyArray<NewRecord>, head: number): Buffer => {
  const sizes = new Array<number>(records.length)
  const headers = new Array<ReadonlyArray<readonly [Buffer, Uint8Array]>>(records.length)
  let total = head
  for (let n = 0; n < records.length; n++) {
    const record = records[n]!
    const list = record.headers === undefined ? NO_HEADERS : headersOf(record.headers)
    const block = blockOf(record.common)
    let size =
      2 + sizeOfVarint(n) + fieldSize(record.key, record.absent?.key) + fieldSize(record.value, record.absent?.value)
    size += sizeOfVarint(block.count + list.length) + block.bytes.length
    for (const [name, value] of list) size += fieldSize(name, false) + fieldSize(value, false)
    headers[n] = list
    sizes[n] = size
    total += sizeOfVarint(size) + size
  }
  const into = Buffer.allocUnsafe(total)
  let at = head
  for (let n = 0; n < records.length; n++) {
    const { key, value, absent, common } = records[n]!
    const block = blockOf(common)
    at = writeVarint(into, sizes[n]!, at)
    into[at++] = 0 // attributes: none are in use
    into[at++] = 0 // timestamp delta
    at = writeVarint(into, n, at)
    at = writeField(into, key, absent?.key, at)
    at = writeField(into, value, absent?.value, at)
    const list = headers[n]!
    at = writeVarint(into, block.count + list.length, at)
    into.set(block.bytes, at)
    at += block.bytes.length
    for (const [name, content] of list) {
      at = writeField(into, name, false, at)
      at = writeField(into, content, false, at)
    }
  }
  return into
}

/** Records encoded and compressed, of which `finish` makes a batch: the slow part does not depend on who sends it when. */
export interface Packed {
  readonly count: number
  readonly compressed: boolean
  /** `BATCH_HEAD` free bytes, then the records as shipped. */
  readonly bytes: Buffer
}

/** @param records at least one */
export const pack = async (records: ReadonlyArray<NewRecord>, zstd: boolean): Promise<Packed> => {
  const plain = encodeRecords(records, BATCH_HEAD)
  if (!zstd || plain.length - BATCH_HEAD < WORTH_COMPRESSING)
    return { count: records.length, compressed: false, bytes: plain }
  const options = { params: LEVEL, chunkSize: pieceFor(plain.length / 3) }
  const content = plain.subarray(BATCH_HEAD)
  const small = content.length <= AT_ONCE ? zstdCompressSync(content, options) : await compress(content, options)
  const bytes = Buffer.allocUnsafe(BATCH_HEAD + small.length)
  small.copy(bytes, BATCH_HEAD)
  return { count: records.length, compressed: true, bytes }
}

/** Writes the head in place: call it again for another attempt by another producer. @returns the batch */
export const finish = (
  { count, compressed, bytes }: Packed,
  producer: ProducerState,
  sequence: number,
  transactional: boolean,
  now: number,
): Buffer => {
  writeLong(bytes, 0, 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(-1, 12)
  bytes[16] = 2
  bytes.writeInt16BE((compressed ? ZSTD : 0) | (transactional ? TRANSACTIONAL : 0), ATTRIBUTES_AT)
  bytes.writeInt32BE(count - 1, 23)
  writeLong(bytes, now, 27)
  writeLong(bytes, now, 35)
  bytes.writeBigInt64BE(BigInt(producer.id), 43)
  bytes.writeInt16BE(producer.epoch, 51)
  bytes.writeInt32BE(sequence, 53)
  bytes.writeInt32BE(count, 57)
  bytes.writeUInt32BE(crc32c(bytes, ATTRIBUTES_AT), 17)
  return bytes
}
