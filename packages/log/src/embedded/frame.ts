/**
 * A frame: the records of one stream written by one transaction, stored as one LMDB value. Version 1, little endian:
 *
 *     0  u32  CRC-32 of all bytes from 4 to the end
 *     4  u8   version (1), then three zero bytes
 *     8  f64  time of the first record, milliseconds since 1970
 *    16  u32  count
 *    20  u32  zero (aligns what follows)
 *    24  count x { u32 offset - base, u32 time - first time, u32 end of the key, u32 end of the value }
 *     …  the bytes: key, value, key, value; the ends above count from the frame's first byte
 *
 * `base` is the offset of the first record, or lies before it where the log was rebuilt from one with gaps between its offsets: then
 * it is where the frame before ends. It is part of the LMDB key, not of the value. Fixed-width entries in front allow
 * to start at any record without walking over those before it.
 */
import { crc32 } from "node:zlib"
import { StorageError } from "../errors.ts"
import type { LogRecord, NewRecord } from "../port.ts"

const VERSION = 1
const HEAD = 24
const ENTRY = 16
/** A frame is closed when it would grow beyond this; a single larger record gets a frame of its own. */
export const FRAME_BYTES = 1 << 20
const MAX_DELTA = 0xffffffff

/** A frame with the offsets that it covers: `[base, end)`. */
export interface Frame {
  readonly base: number
  readonly end: number
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly count: number
  readonly time: number
}

/** A record on its way into a frame. */
export interface Stamped {
  readonly time: number
  readonly record: Pick<NewRecord, "key" | "value">
}

const sizeOf = ({ record }: Stamped): number => ENTRY + record.key.length + record.value.length

/** How many of the records from `first` on go into one frame, and its size. */
const fitting = (stamped: ReadonlyArray<Stamped>, first: number): { readonly last: number; readonly size: number } => {
  const { time } = stamped[first]!
  let size = HEAD + sizeOf(stamped[first]!)
  let last = first + 1
  for (; last < stamped.length; last++) {
    const next = size + sizeOf(stamped[last]!)
    if (next > FRAME_BYTES || stamped[last]!.time - time > MAX_DELTA) break
    size = next
  }
  return { last, size }
}

/** Frames for consecutive offsets from `base` on, each at most about FRAME_BYTES. Times must not run backwards. */
export const encodeFrames = (base: number, stamped: ReadonlyArray<Stamped>): ReadonlyArray<Frame> => {
  const frames: Array<Frame> = []
  let first = 0
  while (first < stamped.length) {
    const { last, size } = fitting(stamped, first)
    frames.push(encodeFrame(base + first, stamped, first, last, size))
    first = last
  }
  return frames
}

/**
 * Frames for records with offsets of their own, which rise and may have gaps. Each frame begins where the one before ends, so that a
 * reader can tell a gap from a frame that was lost.
 * @param base where the first begins
 */
export const encodeFramesAt = (base: number, records: ReadonlyArray<LogRecord>): ReadonlyArray<Frame> => {
  const stamped = records.map((record) => ({ time: record.time, record }))
  const frames: Array<Frame> = []
  let begin = base
  for (let first = 0; first < stamped.length; ) {
    const { last, size } = fitting(stamped, first)
    const offsets = records.slice(first, last).map(({ offset }) => offset - begin)
    if (offsets[0]! < 0 || offsets.at(-1)! > MAX_DELTA)
      throw new RangeError(`offset ${records[first]!.offset} does not follow ${begin}, or lies too far behind it`)
    const frame = encodeFrame(begin, stamped, first, last, size, offsets)
    frames.push(frame)
    begin = frame.end
    first = last
  }
  return frames
}

const encodeFrame = (
  base: number,
  stamped: ReadonlyArray<Stamped>,
  first: number,
  last: number,
  size: number,
  deltas: ReadonlyArray<number> | null = null,
): Frame => {
  // Not from Buffer's pool: the frame is handed to the writer thread and to readers, and must own its memory.
  const bytes = Buffer.allocUnsafeSlow(size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  const count = last - first
  const time = stamped[first]!.time
  view.setUint32(4, VERSION, true)
  view.setFloat64(8, time, true)
  view.setUint32(16, count, true)
  view.setUint32(20, 0, true)
  let entry = HEAD
  let at = HEAD + count * ENTRY
  for (let n = first; n < last; n++) {
    const { record, time: recordTime } = stamped[n]!
    bytes.set(record.key, at)
    const keyEnd = at + record.key.length
    bytes.set(record.value, keyEnd)
    at = keyEnd + record.value.length
    view.setUint32(entry, deltas === null ? n - first : deltas[n - first]!, true)
    view.setUint32(entry + 4, recordTime - time, true)
    view.setUint32(entry + 8, keyEnd, true)
    view.setUint32(entry + 12, at, true)
    entry += ENTRY
  }
  view.setUint32(0, crc32(bytes.subarray(4)), true)
  return { base, end: base + (deltas?.at(-1) ?? count - 1) + 1, bytes, view, count, time }
}

/** Checks a stored value and opens it. Throws StorageError where it is damaged or of another version. */
export const openFrame = (base: number, bytes: Uint8Array, where: string): Frame => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length < HEAD + ENTRY) throw new StorageError(`${where}: the frame at ${base} is cut short`)
  if (view.getUint32(0, true) !== crc32(bytes.subarray(4)))
    throw new StorageError(`${where}: the frame at ${base} fails its checksum`)
  if (view.getUint32(4, true) !== VERSION)
    throw new StorageError(`${where}: the frame at ${base} has a version other than ${VERSION}`)
  const count = view.getUint32(16, true)
  const end = base + view.getUint32(HEAD + (count - 1) * ENTRY, true) + 1
  return { base, end, bytes, view, count, time: view.getFloat64(8, true) }
}

/**
 * Adds the frame's records at or after `from` to `into`, until it holds `maxRecords` or `room` bytes are used up. The first
 * record of an empty `into` is always added. Keys and values are views of the frame. Returns the room left.
 */
export const readFrame = (
  frame: Frame,
  from: number,
  into: Array<LogRecord>,
  maxRecords: number,
  room: number,
): number => {
  const { bytes, view, base, time } = frame
  const { buffer, byteOffset } = bytes
  let left = room
  for (let n = firstAtOrAfter(frame, from - base); n < frame.count && into.length < maxRecords; n++) {
    const entry = HEAD + n * ENTRY
    const start = n === 0 ? HEAD + frame.count * ENTRY : view.getUint32(entry - 4, true)
    const keyEnd = view.getUint32(entry + 8, true)
    const end = view.getUint32(entry + 12, true)
    left -= end - start
    if (left < 0 && into.length > 0) break
    into.push({
      offset: base + view.getUint32(entry, true),
      time: time + view.getUint32(entry + 4, true),
      key: new Uint8Array(buffer, byteOffset + start, keyEnd - start),
      value: new Uint8Array(buffer, byteOffset + keyEnd, end - keyEnd),
    })
  }
  return left
}

/** Index of the first entry whose offset delta is at least `delta`. Deltas may have gaps, so it searches. */
const firstAtOrAfter = ({ view, count }: Frame, delta: number): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (view.getUint32(HEAD + middle * ENTRY, true) < delta) low = middle + 1
    else high = middle
  }
  return low
}
