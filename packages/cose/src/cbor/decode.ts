/**
 * CBOR (RFC 8949), by default in its core deterministic encoding (section 4.2.1) and no other: the shortest head, definite lengths, the
 * shortest float, map keys in the order of their bytes, so none twice. Further: numbers that a double holds exactly, map keys
 * that are integers or texts, no tag but the decimal fraction, no `undefined`, no NaN, no infinity. One value, one encoding.
 */
import { isUtf8 } from "node:buffer"
import { wordOf } from "@assay/jose"
import { floatSize, halfToNumber } from "./float.ts"
import {
  type Cbor,
  type CborKey,
  type CborMap,
  DECIMAL_FRACTION,
  MAJOR,
  SIMPLE,
  Tagged,
  type TaggedCbor,
} from "./value.ts"

/** Bytes of a text up to which a loop over them beats two calls into native code. */
const SHORT_TEXT = 64

/** Nested arrays and maps. */
export const MAX_DEPTH = 16

export interface CborFailure {
  readonly reason: "malformed_cbor"
  /** For people: what, and at which byte. */
  readonly detail: string
}

const EMPTY: CborMap = new Map()

class Malformed extends Error {}

/**
 * `deterministic`: the one encoding of section 4.2.1, for what is signed or hashed. `definite`: any lengths of heads and floats and
 * any order of keys, for what others write and nobody signs; all else is refused as above.
 */
export type CborRules = "deterministic" | "definite"

/** One at a time: nothing here waits. */
class Reader {
  private bytes: Buffer = Buffer.alloc(0)
  private at = 0
  private isDeterministic = true
  private keepsTags = false

  begin(bytes: Uint8Array, rules: CborRules, keepsTags: boolean): void {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = 0
    this.isDeterministic = rules === "deterministic"
    this.keepsTags = keepsTags
  }

  private refuseLong(is: boolean, what: string, start: number): void {
    if (is && this.isDeterministic) this.fail(`a ${what} longer than it need be`, start)
  }

  /** Where the next byte would be read. */
  get position(): number {
    return this.at
  }

  fail(what: string, at = this.at): never {
    throw new Malformed(`${what} at byte ${at}`)
  }

  value(depth: number): Cbor {
    const start = this.at
    const first = this.bytes[start]
    if (first === undefined) this.fail("the bytes end early")
    const major = first >> 5
    if (major === MAJOR.simple) return this.simple(first)
    if (major === MAJOR.tag) return this.keepsTags ? this.tagged(first, depth) : this.decimal(first)
    const size = this.argument(first & 31)
    if (major === MAJOR.unsigned) return size
    if (major === MAJOR.negative) return this.negative(size, start)
    if (major === MAJOR.bytes) return this.take(size)
    if (major === MAJOR.text) return this.text(size)
    if (depth >= MAX_DEPTH) this.fail(`deeper than ${MAX_DEPTH}`, start)
    return major === MAJOR.array ? this.array(size, depth + 1) : this.map(size, depth + 1)
  }

  /** Passes over a value with at most one tag of one byte before it. */
  skipTagged(): void {
    const first = this.bytes[this.at]
    if (first !== undefined && first >= 0xc0 && first < 0xd8) this.at++
    this.value(0)
  }

  /** The length or value behind a first byte, in its shortest form. */
  private argument(info: number): number {
    const start = this.at++
    if (info < 24) return info
    if (info > 27) this.fail("an indefinite or reserved length", start)
    const size = 1 << (info - 24)
    const at = this.at
    if (size > this.bytes.length - at) this.fail("the bytes end early", start)
    this.at = at + size
    if (info === 24) {
      const value = this.bytes[at]!
      this.refuseLong(value < 24, "number", start)
      return value
    }
    if (info === 25) {
      const value = this.bytes.readUInt16BE(at)
      this.refuseLong(value < 0x100, "number", start)
      return value
    }
    const high = info === 26 ? 0 : this.bytes.readUInt32BE(at)
    const low = this.bytes.readUInt32BE(info === 26 ? at : at + 4)
    this.refuseLong(info === 26 ? low < 0x1_0000 : high === 0, "number", start)
    if (high > 0x1f_ffff) this.fail("a number beyond 2^53", start)
    return high * 0x1_0000_0000 + low
  }

  /** -2^53 is the double of its neighbour, too. */
  private negative(argument: number, start: number): number {
    return argument === Number.MAX_SAFE_INTEGER ? this.fail("a number beyond 2^53", start) : -1 - argument
  }

  /** Passes over so many bytes. Returns where they begin. */
  private pass(size: number): number {
    const at = this.at
    if (size > this.bytes.length - at) this.fail("the bytes end early")
    this.at = at + size
    return at
  }

  private take(size: number): Buffer {
    const at = this.pass(size)
    return this.bytes.subarray(at, at + size)
  }

  private text(size: number): string {
    const at = this.pass(size)
    if (size <= SHORT_TEXT && this.isAscii(at, at + size)) return wordOf(this.bytes, at, size)
    const bytes = this.bytes.subarray(at, at + size)
    if (!isUtf8(bytes)) this.fail("a text that is no UTF-8", at)
    return bytes.toString("utf8")
  }

  private isAscii(start: number, end: number): boolean {
    let seen = 0
    for (let i = start; i < end; i++) seen |= this.bytes[i]!
    return seen < 0x80
  }

  /** Each item takes a byte at least, so what is claimed to follow can be no more than what does. */
  private many(size: number): void {
    if (size > this.bytes.length - this.at) this.fail("the bytes end early")
  }

  private array(size: number, depth: number): ReadonlyArray<Cbor> {
    this.many(size)
    const items: Array<Cbor> = []
    for (let i = 0; i < size; i++) items.push(this.value(depth))
    return items
  }

  private map(size: number, depth: number): CborMap {
    if (size === 0) return EMPTY
    this.many(size * 2)
    const found = new Map<CborKey, Cbor>()
    let before = -1
    let beforeEnd = -1
    for (let i = 0; i < size; i++) {
      const start = this.at
      const key = this.value(MAX_DEPTH)
      if ((typeof key !== "number" && typeof key !== "string") || this.bytes[start]! >= 0x80)
        this.fail("a map key that is neither an integer nor a text", start)
      if (this.isDeterministic ? before >= 0 && this.compareKeys(before, beforeEnd, start) <= 0 : found.has(key))
        this.fail("a map key twice, or out of order", start)
      before = start
      beforeEnd = this.at
      found.set(key, this.value(depth))
    }
    return found
  }

  /** Above 0 where the key that was just read comes behind the one before it. */
  private compareKeys(before: number, beforeEnd: number, start: number): number {
    // Most keys are one byte each, and a call of the engine costs more than a map of them.
    const first = this.bytes[start]! - this.bytes[before]!
    if (first !== 0) return first
    return this.bytes.compare(this.bytes, before, beforeEnd, start, this.at)
  }

  private simple(first: number): Cbor {
    const start = this.at++
    if (first === SIMPLE.false) return false
    if (first === SIMPLE.true) return true
    if (first === SIMPLE.null) return null
    const size = first === SIMPLE.half ? 2 : first === SIMPLE.single ? 4 : first === SIMPLE.double ? 8 : 0
    if (size === 0) this.fail("a simple value other than false, true and null", start)
    const at = this.pass(size)
    const { bytes } = this
    const value =
      size === 2 ? halfToNumber(bytes.readUInt16BE(at)) : size === 4 ? bytes.readFloatBE(at) : bytes.readDoubleBE(at)
    if (!Number.isFinite(value)) this.fail("a float that is no number", start)
    this.refuseLong(floatSize(value) !== size, "float", start)
    return value
  }

  /** Typed by `decodeTagged`, which alone asks for it. */
  private tagged(first: number, depth: number): Cbor {
    if (depth >= MAX_DEPTH) this.fail(`deeper than ${MAX_DEPTH}`)
    const tag = this.argument(first & 31)
    return new Tagged(tag, this.value(depth + 1)) as unknown as Cbor
  }

  private decimal(first: number): number {
    const start = this.at
    if (first !== DECIMAL_FRACTION) this.fail("a tag that is not understood", start)
    if (this.bytes[start + 1] !== 0x82) this.fail("a decimal fraction that is not two integers", start)
    this.at = start + 2
    const exponent = this.integer()
    const mantissa = this.integer()
    const value = Number(`${mantissa}e${exponent}`)
    return Number.isFinite(value) ? value : this.fail("a decimal fraction that no double holds", start)
  }

  private integer(): number {
    const start = this.at
    const first = this.bytes[start]
    if (first === undefined || first >> 5 > MAJOR.negative)
      this.fail("a decimal fraction that is not two integers", start)
    const value = this.argument(first & 31)
    return first >> 5 === MAJOR.negative ? this.negative(value, start) : value
  }
}

const reader = new Reader()

const attempt = <Result>(
  bytes: Uint8Array,
  rules: CborRules,
  read: () => Result,
  keepsTags = false,
): Result | CborFailure => {
  reader.begin(bytes, rules, keepsTags)
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause
    return { reason: "malformed_cbor", detail: cause.message }
  }
}

export const isCborFailure = (found: TaggedCbor | CborFailure): found is CborFailure =>
  typeof found === "object" && found !== null && "reason" in found

/** The one value that the bytes are, or the first thing wrong with them. Never throws. */
export const decodeCbor = (bytes: Uint8Array, rules: CborRules = "deterministic"): Cbor | CborFailure =>
  attempt(bytes, rules, () => {
    const value = reader.value(0)
    return reader.position === bytes.length ? value : reader.fail("bytes behind the value")
  })

/** As `decodeCbor` of definite lengths, for documents in which tags say what a value is: each is kept with its value. Never throws. */
export const decodeTagged = (bytes: Uint8Array): TaggedCbor | CborFailure =>
  attempt(
    bytes,
    "definite",
    () => {
      const value = reader.value(0) as TaggedCbor
      return reader.position === bytes.length ? value : reader.fail("bytes behind the value")
    },
    true,
  )

/**
 * The items of a CBOR sequence (RFC 8742), each as its bytes. A leading tag belongs to its item and is not looked at.
 * @param most items; one more is a failure
 */
export const splitSequence = (bytes: Uint8Array, most: number): ReadonlyArray<Uint8Array> | CborFailure =>
  attempt(bytes, "deterministic", () => {
    const items: Array<Uint8Array> = []
    while (reader.position < bytes.length) {
      if (items.length === most) reader.fail(`more than ${most} items`)
      const start = reader.position
      reader.skipTagged()
      items.push(bytes.subarray(start, reader.position))
    }
    return items
  })
