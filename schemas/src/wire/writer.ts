/**
 * Writes Avro binary into a slab. Records are cut off the slab without a copy; a slab is never written twice, so a
 * record stays valid for ever, but keeps its slab (64 KiB) alive for as long as it is held: copy what is kept long.
 *
 * Avro: int and long are zigzag varints; string and bytes are a length and the bytes; an array is blocks of a count
 * and items, closed by 0; a union is the branch's index and its value; an enum is the symbol's index.
 */
import { utf8Write } from "./native.ts"

const SLAB = 65536
const MAX_LONG_BYTES = 10
/** Up to here a loop over the characters beats the call into native code. */
const SHORT = 24

const f64 = new Float64Array(1)
const f64Bytes = new Uint8Array(f64.buffer)

/** How many bytes a length takes. */
const varintSize = (length: number): number => {
  let size = 1
  for (let rest = length; rest > 63; rest = Math.floor(rest / 128)) size++
  return size
}

export class Writer {
  private slab: Buffer = Buffer.allocUnsafeSlow(SLAB)
  private start = 0
  private pos = 0

  /** Starts a record with the Confluent header: 00, then the schema id as int32 big-endian. */
  begin(schemaId: number): void {
    this.pos = this.start
    this.reserve(5)
    this.slab[this.pos++] = 0
    this.slab[this.pos++] = schemaId >>> 24
    this.slab[this.pos++] = schemaId >>> 16
    this.slab[this.pos++] = schemaId >>> 8
    this.slab[this.pos++] = schemaId
  }

  /** Ends the record. Nothing will write to the returned bytes again. */
  end(): Uint8Array {
    const record = this.slab.subarray(this.start, this.pos)
    this.start = this.pos
    return record
  }

  private reserve(size: number): void {
    if (this.pos + size <= this.slab.length) return
    const written = this.pos - this.start
    const next = Buffer.allocUnsafeSlow(Math.max(SLAB, 2 * (written + size)))
    this.slab.copy(next, 0, this.start, this.pos)
    this.slab = next
    this.start = 0
    this.pos = written
  }

  /** A single byte: union branches, enum symbols and array ends are below 64, so their varint is one byte. */
  tag(index: number): void {
    this.reserve(1)
    this.slab[this.pos++] = index << 1
  }

  /** An enum's symbol: its place in the list, which therefore only grows at its end. @throws RangeError for any other word */
  symbol<Word extends string>(symbols: ReadonlyArray<Word>, word: Word): void {
    const index = symbols.indexOf(word)
    if (index < 0) throw new RangeError(`no such symbol: ${word}`)
    this.tag(index)
  }

  boolean(value: boolean): void {
    this.reserve(1)
    this.slab[this.pos++] = value ? 1 : 0
  }

  /** A safe integer. @throws RangeError for any other number: it could not be read back. */
  long(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`)
    this.reserve(MAX_LONG_BYTES)
    // Sign and magnitude apart: 2 * value would leave the exact doubles.
    const negative = value < 0
    let rest = negative ? -(value + 1) : value
    let byte = (rest % 64) * 2 + (negative ? 1 : 0)
    rest = rest < 0x7fffffff ? rest >>> 6 : Math.floor(rest / 64)
    while (rest > 0) {
      this.slab[this.pos++] = byte | 0x80
      byte = rest % 128
      rest = rest < 0x7fffffff ? rest >>> 7 : Math.floor(rest / 128)
    }
    this.slab[this.pos++] = byte
  }

  /** A 32-bit integer. @throws RangeError for any other number. */
  int(value: number): void {
    if (value !== (value | 0)) throw new RangeError(`not an int: ${value}`)
    this.long(value)
  }

  double(value: number): void {
    this.reserve(8)
    f64[0] = value
    for (let i = 0; i < 8; i++) this.slab[this.pos++] = f64Bytes[i]!
  }

  bytes(value: Uint8Array): void {
    this.long(value.length)
    this.reserve(value.length)
    this.slab.set(value, this.pos)
    this.pos += value.length
  }

  /** A copy of what was written to this record from `start` on, a value that {@link length} gave before. */
  copyFrom(start: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.slab, this.start + start, this.pos)
  }

  /** Bytes of the record so far. */
  get length(): number {
    return this.pos - this.start
  }

  /** Bytes that are encoded already, all of them. */
  encoded(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.slab.set(bytes, this.pos)
    this.pos += bytes.length
  }

  /** Bytes that are encoded already, from `start` to before `end`. */
  raw(encoded: Uint8Array, start: number, end: number): void {
    this.reserve(end - start)
    this.slab.set(encoded.subarray(start, end), this.pos)
    this.pos += end - start
  }

  string(value: string): void {
    const length = value.length
    this.reserve(3 * length + MAX_LONG_BYTES)
    if (length <= SHORT && this.shortAscii(value, length)) return
    // Most strings are ASCII: guess the length's varint from that, and move the bytes where it was wrong.
    const at = this.pos
    const guessed = varintSize(length)
    const size = utf8Write(this.slab, value, at + guessed)
    const actual = varintSize(size)
    if (actual !== guessed) this.slab.copyWithin(at + actual, at + guessed, at + guessed + size)
    this.long(size)
    this.pos += size
  }

  private shortAscii(value: string, length: number): boolean {
    const slab = this.slab
    const at = this.pos
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      slab[at + 1 + i] = code
    }
    slab[at] = length << 1
    this.pos = at + 1 + length
    return true
  }

  optionalString(value: string | null): void {
    if (value === null) this.tag(0)
    else {
      this.tag(1)
      this.string(value)
    }
  }

  strings(values: ReadonlyArray<string>): void {
    if (this.items(values.length)) {
      for (let i = 0; i < values.length; i++) this.string(values[i]!)
      this.tag(0)
    }
  }

  /** Opens an array; false where it is empty and thereby complete. After the items, `tag(0)` closes it. */
  items(count: number): boolean {
    this.long(count)
    return count > 0
  }
}

/** The one writer of the thread: encoding is synchronous and never re-entered. */
export const writer: Writer = new Writer()
