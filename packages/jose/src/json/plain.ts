/**
 * Reads JSON in its plainest spelling, from the bytes, without making an object of it: ASCII, no blanks between the tokens,
 * no escapes, numbers of at most 15 digits without an exponent. That is how machines write it; for every other spelling the
 * reader gives up, and `parseStrict` is asked. What is read here, `parseStrict` reads to the same values.
 *
 *   reader.begin(bytes)
 *   if (reader.opens(OBJECT))
 *     for (let name = reader.member(); name !== null; name = reader.member()) ... reader.text() or another value
 *   reader.ends()
 *
 * Once it gave up, every call gives an empty value and no member, and `ends` is false.
 */
import { asciiSlice } from "@assay/did"
import { wordOf } from "./words.ts"

export const OBJECT = 0x7b
export const ARRAY = 0x5b

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
/** Up to here an integer, and a quotient of two, is exact: 15 digits over a power of ten (IEEE 754 division rounds rightly). */
const MAX_DIGITS = 15
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, n) => 10 ** n)
const NO_BYTES = Buffer.alloc(0)

export class PlainReader {
  private bytes: Buffer = NO_BYTES
  private at = 0
  private end = 0
  private gaveUp = false
  /** Whether the next item or member is the first of its array or object. */
  private first = false

  begin(bytes: Uint8Array): void {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = 0
    this.end = bytes.length
    this.gaveUp = false
  }

  /** Whether all of it was read, and nothing more stands there. */
  ends(): boolean {
    const all = !this.gaveUp && this.at === this.end
    this.bytes = NO_BYTES
    return all
  }

  /** Whether an {@link OBJECT} or an {@link ARRAY} begins here. */
  opens(kind: number): boolean {
    this.first = true
    return this.take(kind)
  }

  /** The name of the next member of the object, whose value must be read next; null at its end. */
  member(): string | null {
    if (!this.goesOn(0x7d)) return null
    const name = this.word()
    return this.take(COLON) ? name : null
  }

  /** Whether the array has another item, which must be read next. */
  item(): boolean {
    return this.goesOn(0x5d)
  }

  /** A text that other messages are likely to hold as well. */
  word(): string {
    const start = this.at + 1
    const length = this.textLength()
    return this.gaveUp ? "" : wordOf(this.bytes, start, length)
  }

  /** A text. */
  text(): string {
    const start = this.at + 1
    const length = this.textLength()
    return this.gaveUp ? "" : asciiSlice(this.bytes, start, start + length)
  }

  /** A text, or null. */
  textOrNull(): string | null {
    if (this.bytes[this.at] !== 0x6e) return this.text()
    this.literal("null")
    return null
  }

  boolean(): boolean {
    const isTrue = this.bytes[this.at] === 0x74
    this.literal(isTrue ? "true" : "false")
    return isTrue
  }

  number(): number {
    const { bytes } = this
    const negative = bytes[this.at] === MINUS
    if (negative) this.at++
    const start = this.at
    let value = 0
    let digit = bytes[this.at]! - ZERO
    for (; digit >= 0 && digit <= 9; digit = bytes[++this.at]! - ZERO) value = value * 10 + digit
    const whole = this.at - start
    let fraction = 0
    if (bytes[this.at] === DOT) {
      digit = bytes[++this.at]! - ZERO
      for (; digit >= 0 && digit <= 9; digit = bytes[++this.at]! - ZERO) {
        value = value * 10 + digit
        fraction++
      }
      if (fraction === 0) return this.giveUp(0)
    }
    const next = bytes[this.at]
    const leadingZero = whole > 1 && bytes[start] === ZERO
    if (whole === 0 || whole + fraction > MAX_DIGITS || leadingZero || next === 0x65 || next === 0x45)
      return this.giveUp(0)
    // -0 is another number than 0, and rare enough.
    if (negative && value === 0) return this.giveUp(0)
    const size = fraction === 0 ? value : value / POWERS[fraction]!
    return negative ? -size : size
  }

  /** Gives up, with this value. */
  private giveUp<T>(value: T): T {
    this.gaveUp = true
    this.at = this.end
    return value
  }

  private take(byte: number): boolean {
    return this.bytes[this.at++] === byte && this.at <= this.end ? true : this.giveUp(false)
  }

  private goesOn(close: number): boolean {
    if (this.gaveUp) return false
    const next = this.bytes[this.at]
    if (next === close) {
      this.at++
      this.first = false
      return false
    }
    const { first } = this
    this.first = false
    return first || this.take(COMMA)
  }

  private literal(text: string): void {
    for (let i = 0; i < text.length; i++) if (!this.take(text.charCodeAt(i))) return
  }

  /** Steps over a text; returns how long it is. */
  private textLength(): number {
    if (!this.take(QUOTE)) return 0
    const { bytes, end } = this
    const start = this.at
    let at = start
    for (; at < end; at++) {
      const byte = bytes[at]!
      if (byte === QUOTE) break
      if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) return this.giveUp(0)
    }
    if (at === end) return this.giveUp(0)
    this.at = at + 1
    return at - start
  }
}
