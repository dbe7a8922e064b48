/**
 * Kinds of fields whose size differs from value to value, up to a bound. The length is stored before them, apart, and
 * says where the next one begins (`field-places.ts`).
 *
 *   text(max)        UTF-8, at most max bytes
 *   bytesUpTo(max)   at most max bytes, read as a copy
 *   nullable(kind)   nothing for null, else a byte 1 and the value
 *   interned         see `interned.ts`
 */
import { outOfRange } from "./errors.ts"

/** One kind of variable size. A new field holds its value of no bytes: an empty text, null. */
export interface Variable<T> {
  /** Most bytes of a value; at most 2^31. */
  readonly maxBytes: number
  /** Whether a value of no bytes is none: one must be written before the record is sealed. */
  readonly required: boolean
  read(view: DataView, bytes: Buffer, at: number, length: number): T
  /**
   * Writes the value where there is room for `maxBytes`; returns how many it takes.
   * @throws RangeError for a value that this kind cannot hold, before anything of it was written
   */
  write(view: DataView, bytes: Buffer, at: number, value: T): number
  /** What is wrong with stored bytes; null where they are a value of this kind. */
  fault(view: DataView, bytes: Buffer, at: number, length: number): string | null
}

/** @throws RangeError for a text that is not well-formed (it would come back as another one), or too long */
export const checkText = (value: string, max: number): void => {
  if (!value.isWellFormed()) throw outOfRange("a text without lone surrogates", value)
  // A character of a string takes at most 3 bytes.
  if (value.length * 3 > max && Buffer.byteLength(value) > max)
    throw outOfRange(`a text of at most ${max} bytes`, value)
}

const SHORT = 64

/** @returns false where the text is not ASCII */
const writeAscii = (to: Buffer, at: number, value: string): boolean => {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code > 0x7f) return false
    to[at + i] = code
  }
  return true
}

const bounded = (max: number): number => {
  if (!Number.isInteger(max) || max < 1 || max > 2 ** 31) throw new TypeError(`${max} is not 1 to 2^31`)
  return max
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Whether the bytes from `start` to `end` are UTF-8. */
export const isUtf8 = (bytes: Buffer, start: number, end: number): boolean => {
  let at = start
  while (at < end && bytes[at]! < 0x80) at++
  if (at === end) return true
  try {
    DECODER.decode(bytes.subarray(at, end))
    return true
  } catch {
    return false
  }
}

export const text = (max: number): Variable<string> => ({
  maxBytes: bounded(max),
  required: false,
  read: (_, from, at, length) => from.toString("utf8", at, at + length),
  write: (_, to, at, value) => {
    const { length } = value
    // Names are short and ASCII: a call of `Buffer` would cost twice as much.
    if (length > max || length > SHORT || !writeAscii(to, at, value)) {
      checkText(value, max)
      return to.write(value, at)
    }
    return length
  },
  fault: (_, from, at, length) => (isUtf8(from, at, at + length) ? null : "is no UTF-8"),
})

export const bytesUpTo = (max: number): Variable<Uint8Array> => ({
  maxBytes: bounded(max),
  required: false,
  read: (_, from, at, length) => new Uint8Array(from.subarray(at, at + length)),
  write: (_, to, at, value) => {
    if (value.length > max) throw outOfRange(`at most ${max} bytes`, `${value.length} bytes`)
    to.set(value, at)
    return value.length
  },
  fault: () => null,
})

export const nullable = <T>(kind: Variable<T>): Variable<T | null> => ({
  maxBytes: 1 + kind.maxBytes,
  required: false,
  read: (view, from, at, length) => (length === 0 ? null : kind.read(view, from, at + 1, length - 1)),
  write: (view, to, at, value) => {
    if (value === null) return 0
    const length = kind.write(view, to, at + 1, value)
    to[at] = 1
    return 1 + length
  },
  fault: (view, from, at, length) => {
    if (length === 0) return null
    return from[at] === 1 ? kind.fault(view, from, at + 1, length - 1) : "is neither null nor a value"
  },
})
