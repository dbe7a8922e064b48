/**
 * Rows of the index, and files of them. A row is one decision that was issued: five numbers of 8 bytes, little-endian
 * IEEE 754, in a file sorted by signer and then by origin.
 *
 *   signer   52 bits of a keyed hash of the name of the key that signed (of the gateway, where one speaks for a device)
 *   offset   of the message, on `submitted`
 *   time     milliseconds since 1970, by the log
 *   place    2 x the offset of the record on its stream, and 1 more on `annotated`
 *   key      which key of its document signed: 52 bits of a keyed hash of the name that the message gives, and of the knowledge that its
 *            verdict cites. Equal numbers are one key; one key has another number after each change of its document. 0: the DID is the key
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs"
import { endianness } from "node:os"

if (endianness() !== "LE") throw new Error("files of rows are little-endian, and so must the machine be")

export const ROW_NUMBERS = 5
export const ROW_BYTES = ROW_NUMBERS * 8

export interface Row {
  readonly signer: number
  readonly offset: number
  readonly time: number
  readonly outcome: "verified" | "annotated"
  readonly at: number
  readonly key: number
}

export const placeOf = ({ outcome, at }: Pick<Row, "outcome" | "at">): number =>
  2 * at + (outcome === "annotated" ? 1 : 0)

/** The row with this number in numbers that lie side by side. */
export const rowAt = (rows: Float64Array, index: number): Row => {
  const from = index * ROW_NUMBERS
  const place = rows[from + 3]!
  return {
    signer: rows[from]!,
    offset: rows[from + 1]!,
    time: rows[from + 2]!,
    outcome: place % 2 === 1 ? "annotated" : "verified",
    at: Math.floor(place / 2),
    key: rows[from + 4]!,
  }
}

/** Whether row `a` of `from` stands before row `b` of `to`. */
const isBefore = (from: Float64Array, a: number, to: Float64Array, b: number): boolean => {
  const [i, j] = [a * ROW_NUMBERS, b * ROW_NUMBERS]
  return from[i]! !== to[j]! ? from[i]! < to[j]! : from[i + 1]! < to[j + 1]!
}

const copyRow = (from: Float64Array, a: number, to: Float64Array, b: number): void => {
  for (let n = 0; n < ROW_NUMBERS; n++) to[b * ROW_NUMBERS + n] = from[a * ROW_NUMBERS + n]!
}

export const sorted = (rows: Float64Array): Float64Array => {
  const count = rows.length / ROW_NUMBERS
  const order = new Uint32Array(count)
  for (let index = 0; index < count; index++) order[index] = index
  order.sort((a, b) => {
    const [i, j] = [a * ROW_NUMBERS, b * ROW_NUMBERS]
    return rows[i]! - rows[j]! || rows[i + 1]! - rows[j + 1]!
  })
  const result = new Float64Array(rows.length)
  for (let index = 0; index < count; index++) copyRow(rows, order[index]!, result, index)
  return result
}

/** Both, sorted, of which each is sorted. */
export const merged = (first: Float64Array, second: Float64Array): Float64Array => {
  const result = new Float64Array(first.length + second.length)
  const [left, right] = [first.length / ROW_NUMBERS, second.length / ROW_NUMBERS]
  let [a, b] = [0, 0]
  for (let index = 0; index < left + right; index++) {
    if (a < left && (b === right || !isBefore(second, b, first, a))) copyRow(first, a++, result, index)
    else copyRow(second, b++, result, index)
  }
  return result
}

const bytesOf = (rows: Float64Array): Uint8Array => new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)

/** Writes a new file, which is on the disk when the call returns. */
export const writeRows = (path: string, rows: Float64Array): void => {
  const file = openSync(path, "wx", 0o600)
  try {
    const bytes = bytesOf(rows)
    for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const readAt = (file: number, index: number, count: number): Float64Array => {
  const rows = new Float64Array(count * ROW_NUMBERS)
  const bytes = bytesOf(rows)
  for (let from = 0; from < bytes.length; ) {
    const read = readSync(file, bytes, from, bytes.length - from, index * ROW_BYTES + from)
    if (read === 0)
      throw new Error(`a file of the index ends before row ${index + count}: remove the index, it is made anew`)
    from += read
  }
  return rows
}

export const readRows = (path: string): Float64Array => {
  const file = openSync(path, "r")
  try {
    return readAt(file, 0, Math.floor(fstatSync(file).size / ROW_BYTES))
  } finally {
    closeSync(file)
  }
}

/** Rows that are read together. */
const PIECE = 32_768
/** One search costs some 20 reads; the whole file one read for 32,768 rows. */
const ROWS_PER_SEARCH = 1_500

/** The first row that is not before this signer. */
const firstOf = (file: number, count: number, signer: number): number => {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (readAt(file, middle, 1)[0]! < signer) low = middle + 1
    else high = middle
  }
  return low
}

/** Rows of some signers in one sorted file, each given to `take` as numbers that may be overwritten afterwards. */
export const pickRows = (
  path: string,
  signers: ReadonlySet<number>,
  take: (rows: Float64Array, index: number) => void,
): void => {
  const file = openSync(path, "r")
  try {
    const count = Math.floor(fstatSync(file).size / ROW_BYTES)
    if (signers.size * ROWS_PER_SEARCH > count) {
      for (let from = 0; from < count; from += PIECE) {
        const rows = readAt(file, from, Math.min(PIECE, count - from))
        for (let index = 0; index * ROW_NUMBERS < rows.length; index++)
          if (signers.has(rows[index * ROW_NUMBERS]!)) take(rows, index)
      }
      return
    }
    for (const signer of signers) {
      let isOver = false
      for (let from = firstOf(file, count, signer); from < count && !isOver; from += PIECE / 64) {
        const rows = readAt(file, from, Math.min(PIECE / 64, count - from))
        for (let index = 0; index * ROW_NUMBERS < rows.length && !isOver; index++) {
          isOver = rows[index * ROW_NUMBERS] !== signer
          if (!isOver) take(rows, index)
        }
      }
    }
  } finally {
    closeSync(file)
  }
}

/** The same rows, ascending by origin. */
export const byOffset = (rows: Float64Array): Float64Array => {
  const count = rows.length / ROW_NUMBERS
  const order = new Uint32Array(count)
  for (let index = 0; index < count; index++) order[index] = index
  order.sort((a, b) => rows[a * ROW_NUMBERS + 1]! - rows[b * ROW_NUMBERS + 1]!)
  const result = new Float64Array(rows.length)
  for (let index = 0; index < count; index++)
    for (let n = 0; n < ROW_NUMBERS; n++) result[index * ROW_NUMBERS + n] = rows[order[index]! * ROW_NUMBERS + n]!
  return result
}
