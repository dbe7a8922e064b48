/**
 * Reads Avro binary of records that anybody may have written: every step is bounded by the bytes at hand, and whatever
 * is wrong with them ends in a {@link WireError}. Byte members are views into the record, not copies.
 */
import { WireError } from "./error.ts"
import { utf8Slice } from "./native.ts"

const EMPTY_BYTES = new Uint8Array(0)
const EMPTY: ReadonlyArray<never> = Object.freeze([])

const f64 = new Float64Array(1)
const f64Bytes = new Uint8Array(f64.buffer)

/** Words that repeat from record to record (units, audiences, reason codes) are read once: a slot keeps the last. */
const SLOTS = 1024
const MAX_WORD = 64
const words: Array<string> = new Array(SLOTS).fill("")
const wordBytes = new Uint8Array(SLOTS * MAX_WORD)
const wordLengths = new Uint8Array(SLOTS)

const truncated = (): never => {
  throw new WireError("truncated", "the record ends before its body does")
}
const malformed = (what: string): never => {
  throw new WireError("not-wire-format", what)
}

export class Reader {
  private buf: Uint8Array = EMPTY_BYTES
  private pos = 0
  private end = 0

  /** Takes a record and checks its Confluent header: 00, then the schema id as int32 big-endian. */
  begin(record: Uint8Array, schemaId: number): void {
    if (record.length === 0) truncated()
    if (record[0] !== 0) malformed("the first byte is not 00")
    if (record.length < 5) truncated()
    const id = ((record[1]! << 24) | (record[2]! << 16) | (record[3]! << 8) | record[4]!) >>> 0
    if (id !== schemaId) throw new WireError("unknown-schema", `schema id ${id}, expected ${schemaId}`)
    this.buf = record
    this.pos = 5
    this.end = record.length
  }

  /** The body must end where the record does. */
  finish(): void {
    if (this.pos !== this.end) malformed("bytes after the body")
    this.buf = EMPTY_BYTES
  }

  /** Ends without the rest of the body. @returns where in the record that begins */
  leave(): number {
    this.buf = EMPTY_BYTES
    return this.pos
  }

  /** The index of a union branch or enum symbol, below `count` (at most 64). */
  tag(count: number): number {
    if (this.pos >= this.end) truncated()
    const byte = this.buf[this.pos++]!
    if ((byte & 0x81) !== 0 || byte >>> 1 >= count) malformed("no such branch or symbol")
    return byte >>> 1
  }

  /** An enum's symbol. */
  symbol<Word extends string>(symbols: ReadonlyArray<Word>): Word {
    return symbols[this.tag(symbols.length)]!
  }

  boolean(): boolean {
    if (this.pos >= this.end) truncated()
    const byte = this.buf[this.pos++]!
    if (byte > 1) malformed("not a boolean")
    return byte === 1
  }

  long(): number {
    if (this.pos >= this.end) truncated()
    let byte = this.buf[this.pos++]!
    const negative = (byte & 1) === 1
    let value = (byte & 0x7f) >>> 1
    let scale = 64
    while (byte > 0x7f) {
      if (this.pos >= this.end) truncated()
      byte = this.buf[this.pos++]!
      value += (byte & 0x7f) * scale
      scale *= 128
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 62) malformed("not a safe integer")
    }
    if (!negative) return value
    if (value === Number.MAX_SAFE_INTEGER) malformed("not a safe integer")
    return -value - 1
  }

  int(): number {
    const value = this.long()
    if (value !== (value | 0)) malformed("not an int")
    return value
  }

  double(): number {
    const at = this.pos
    if (at + 8 > this.end) truncated()
    for (let i = 0; i < 8; i++) f64Bytes[i] = this.buf[at + i]!
    this.pos = at + 8
    return f64[0]!
  }

  private length(): number {
    const length = this.long()
    if (length < 0) malformed("a negative length")
    if (length > this.end - this.pos) truncated()
    return length
  }

  bytes(): Uint8Array {
    const length = this.length()
    const at = this.pos
    this.pos = at + length
    return this.buf.subarray(at, at + length)
  }

  string(): string {
    const length = this.length()
    const at = this.pos
    this.pos = at + length
    return length === 0 ? "" : utf8Slice(this.buf, at, at + length)
  }

  /** A string that other records are likely to hold too; saves the call into native code and the memory. */
  word(): string {
    const length = this.length()
    if (length === 0) return ""
    const at = this.pos
    this.pos = at + length
    if (length > MAX_WORD) return utf8Slice(this.buf, at, at + length)
    // Four of the bytes tell words apart well enough; two words of one slot only cost each other the gain.
    const bytes = this.buf
    const head = bytes[at]! | (bytes[at + (length >>> 1)]! << 8)
    const tail = bytes[at + length - 1]! | (bytes[at + ((length * 3) >>> 2)]! << 8)
    const slot = (Math.imul(head ^ (tail << 13) ^ (length << 5), 0x9e3779b1) >>> 22) & (SLOTS - 1)
    if (wordLengths[slot] === length && this.matches(slot * MAX_WORD, at, length)) return words[slot]!
    const word = utf8Slice(bytes, at, at + length)
    words[slot] = word
    wordLengths[slot] = length
    for (let i = 0; i < length; i++) wordBytes[slot * MAX_WORD + i] = bytes[at + i]!
    return word
  }

  private matches(known: number, at: number, length: number): boolean {
    const bytes = this.buf
    for (let i = 0; i < length; i++) if (bytes[at + i] !== wordBytes[known + i]) return false
    return true
  }

  optionalString(): string | null {
    return this.tag(2) === 0 ? null : this.string()
  }

  optionalWord(): string | null {
    return this.tag(2) === 0 ? null : this.word()
  }

  /** Each item takes at least a byte, so that a forged count cannot ask for more memory than it sent. */
  array<Item>(item: (reader: Reader) => Item): ReadonlyArray<Item> {
    let count = this.blockCount()
    if (count === 0) return EMPTY
    const items: Array<Item> = []
    for (; count > 0; count = this.blockCount()) {
      for (let i = 0; i < count; i++) items.push(item(this))
    }
    return items
  }

  private blockCount(): number {
    let count = this.long()
    if (count < 0) {
      count = -count
      this.long()
    }
    if (count > this.end - this.pos) truncated()
    return count
  }
}

/** The one reader of the thread: decoding is synchronous and never re-entered. */
export const reader: Reader = new Reader()

export const readString = (from: Reader): string => from.string()
export const readWord = (from: Reader): string => from.word()
export const readBytes = (from: Reader): Uint8Array => from.bytes()
