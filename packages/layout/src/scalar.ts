/**
 * Kinds of fields whose size is fixed. Little-endian.
 *
 *   u8 u16 u32   1, 2, 4    unsigned integer
 *   u48          6          unsigned integer below 2^48: an offset in a log
 *   f32          4          any number, rounded to 24 binary digits
 *   f64          8          any number
 *   safe         8          integer from -(2^53 - 1) to 2^53 - 1, as a float64
 *   bool         1          0 or 1
 *   oneOf        1          index of the name
 *   bytes(n)     n          read as a copy
 *   digest       32         base64url text of 32 bytes, without padding
 */
import { outOfRange } from "./errors.ts"

/** One fixed-size kind. `bytes` and `view` lie over the same memory; `at` is a byte offset in both. */
export interface Scalar<T> {
  readonly size: number
  /** What a new record holds. */
  readonly initial: T
  read(view: DataView, bytes: Buffer, at: number): T
  /** @throws RangeError for a value that this kind cannot hold */
  write(view: DataView, bytes: Buffer, at: number, value: T): void
  /** Whether the stored bytes are a value of this kind. */
  valid(view: DataView, bytes: Buffer, at: number): boolean
  /**
   * For a number: the type in the names of DataView's methods. Accessors then call them directly, and `check` before a
   * write: it throws for a number that does not fit.
   */
  readonly direct?: { readonly type: string; readonly check: ((value: number) => void) | null }
}

/** That of a kind of which all bytes are values: they need not be looked at. */
export const always = (): boolean => true

const checkU8 = (value: number): void => {
  if ((value & 0xff) !== value) throw outOfRange("a u8", value)
}
const checkU16 = (value: number): void => {
  if ((value & 0xffff) !== value) throw outOfRange("a u16", value)
}
const checkU32 = (value: number): void => {
  if (value >>> 0 !== value) throw outOfRange("a u32", value)
}
const checkSafe = (value: number): void => {
  if (!Number.isSafeInteger(value)) throw outOfRange("a safe integer", value)
}

export const u8 = (initial = 0): Scalar<number> => ({
  size: 1,
  initial,
  read: (view, _, at) => view.getUint8(at),
  write: (view, _, at, value) => {
    checkU8(value)
    view.setUint8(at, value)
  },
  valid: always,
  direct: { type: "Uint8", check: checkU8 },
})

export const u16 = (initial = 0): Scalar<number> => ({
  size: 2,
  initial,
  read: (view, _, at) => view.getUint16(at, true),
  write: (view, _, at, value) => {
    checkU16(value)
    view.setUint16(at, value, true)
  },
  valid: always,
  direct: { type: "Uint16", check: checkU16 },
})

export const u32 = (initial = 0): Scalar<number> => ({
  size: 4,
  initial,
  read: (view, _, at) => view.getUint32(at, true),
  write: (view, _, at, value) => {
    checkU32(value)
    view.setUint32(at, value, true)
  },
  valid: always,
  direct: { type: "Uint32", check: checkU32 },
})

const U48 = 2 ** 48

export const u48 = (initial = 0): Scalar<number> => ({
  size: 6,
  initial,
  read: (view, _, at) => view.getUint32(at, true) + view.getUint16(at + 4, true) * 2 ** 32,
  write: (view, _, at, value) => {
    if (!(Number.isInteger(value) && value >= 0 && value < U48)) throw outOfRange("a u48", value)
    view.setUint32(at, value >>> 0, true)
    view.setUint16(at + 4, value / 2 ** 32, true)
  },
  valid: always,
})

export const f32 = (initial = 0): Scalar<number> => ({
  size: 4,
  initial,
  read: (view, _, at) => view.getFloat32(at, true),
  write: (view, _, at, value) => view.setFloat32(at, value, true),
  valid: always,
  direct: { type: "Float32", check: null },
})

export const f64 = (initial = 0): Scalar<number> => ({
  size: 8,
  initial,
  read: (view, _, at) => view.getFloat64(at, true),
  write: (view, _, at, value) => view.setFloat64(at, value, true),
  valid: always,
  direct: { type: "Float64", check: null },
})

export const safe = (initial = 0): Scalar<number> => ({
  size: 8,
  initial,
  read: (view, _, at) => view.getFloat64(at, true),
  write: (view, _, at, value) => {
    checkSafe(value)
    view.setFloat64(at, value, true)
  },
  valid: (view, _, at) => Number.isSafeInteger(view.getFloat64(at, true)),
  direct: { type: "Float64", check: checkSafe },
})

export const bool = (initial = false): Scalar<boolean> => ({
  size: 1,
  initial,
  read: (view, _, at) => view.getUint8(at) === 1,
  write: (view, _, at, value) => view.setUint8(at, value ? 1 : 0),
  valid: (view, _, at) => view.getUint8(at) <= 1,
})

/** One of up to 256 names; the first is the initial one. Add names only at the end. */
export const oneOf = <const Name extends string>(names: ReadonlyArray<Name>): Scalar<Name> => {
  const indices = new Map<string, number>(names.map((name, index) => [name, index]))
  if (names.length === 0 || indices.size !== names.length || names.length > 256)
    throw new TypeError("1 to 256 different names are needed")
  return {
    size: 1,
    initial: names[0]!,
    read: (view, _, at) => names[view.getUint8(at)]!,
    write: (view, _, at, value) => {
      const index = indices.get(value)
      if (index === undefined) throw outOfRange(`one of ${names.join(", ")}`, value)
      view.setUint8(at, index)
    },
    valid: (view, _, at) => view.getUint8(at) < names.length,
  }
}

export const bytes = (size: number): Scalar<Uint8Array> => ({
  size,
  initial: new Uint8Array(size),
  // Some 12 bytes as a rule: loops cost less than calls into native code, and no view is made.
  read: (_, from, at) => {
    const copy = new Uint8Array(size)
    for (let i = 0; i < size; i++) copy[i] = from[at + i]!
    return copy
  },
  write: (_, to, at, value) => {
    if (value.length !== size) throw outOfRange(`${size} bytes`, `${value.length} bytes`)
    for (let i = 0; i < size; i++) to[at + i] = value[i]!
  },
  valid: always,
})

const DIGEST_BYTES = 32
const DIGEST_CHARS = 43
/** What a character of base64url stands for; above 63 for every other one. */
const SIX_BITS = new Uint8Array(128).fill(64)
for (const [index, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries())
  SIX_BITS[char.charCodeAt(0)] = index

/**
 * Writes base64url of 32 bytes, or of no other length: four characters are three bytes, and the last three are two, with
 * two bits that must be 0. A check and a write in one: a regular expression and `Buffer` cost four times as much.
 * @returns false where the text is not such a value; the bytes then mean nothing
 */
const writeDigest = (bytes: Buffer, start: number, value: string): boolean => {
  if (value.length !== DIGEST_CHARS) return false
  let seen = 0
  const bits = (i: number): number => {
    const code = value.charCodeAt(i)
    const six = code < 128 ? SIX_BITS[code]! : 64
    seen |= six
    return six
  }
  let at = start
  for (let i = 0; i < DIGEST_CHARS - 3; i += 4) {
    const three = (bits(i) << 18) | (bits(i + 1) << 12) | (bits(i + 2) << 6) | bits(i + 3)
    bytes[at] = three >> 16
    bytes[at + 1] = three >> 8
    bytes[at + 2] = three
    at += 3
  }
  const last = (bits(DIGEST_CHARS - 3) << 12) | (bits(DIGEST_CHARS - 2) << 6) | bits(DIGEST_CHARS - 1)
  bytes[at] = last >> 10
  bytes[at + 1] = last >> 2
  return seen < 64 && (last & 3) === 0
}
const aside = Buffer.alloc(DIGEST_BYTES)

/** A SHA-256 as the claims of a message write it. Only the one spelling of each value, so that it comes back the same. */
export const digest = (): Scalar<string> => ({
  size: DIGEST_BYTES,
  initial: "A".repeat(43),
  read: (_, from, at) => from.toString("base64url", at, at + DIGEST_BYTES),
  write: (_, to, at, value) => {
    if (!writeDigest(aside, 0, value)) throw outOfRange("a base64url SHA-256", value)
    to.set(aside, at)
  },
  valid: always,
})
