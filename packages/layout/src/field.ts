/** Kinds of fields whose size is found when they are written; for values only (see `object-layout.ts`). */

import type { Sink, Source } from "./byte-stream.ts"
import { outOfRange } from "./errors.ts"
import type { Scalar } from "./scalar.ts"

export interface Field<T> {
  /** Most bytes that a value takes. */
  readonly maxBytes: number
  write(to: Sink, value: T): void
  /** @throws DamagedState */
  read(from: Source): T
}

export const isScalar = (kind: object): kind is Scalar<unknown> => "valid" in kind

const ofScalar = <T>(scalar: Scalar<T>): Field<T> => ({
  maxBytes: scalar.size,
  write: (to, value) => {
    const at = to.room(scalar.size)
    scalar.write(to.view, to.bytes, at, value)
  },
  read: (from) => {
    const at = from.take(scalar.size)
    if (!scalar.valid(from.view, from.bytes, at)) throw from.damaged("value", `a byte at ${at} that no value has`)
    return scalar.read(from.view, from.bytes, at)
  },
})

/** Any kind as one that is written one after the other. */
export const asField = <T>(kind: Scalar<T> | Field<T>): Field<T> =>
  isScalar(kind) ? ofScalar(kind as Scalar<T>) : (kind as Field<T>)

/** UTF-8 of at most `max` bytes, with its length before it: u8 up to 255, u16 up to 65535, else u32. */
export const text = (max: number): Field<string> => ({
  maxBytes: lengthBytes(max) + max,
  write: (to, value) => {
    const length = Buffer.byteLength(value)
    if (length > max) throw outOfRange(`a text of at most ${max} bytes`, value)
    to.length(length, max)
    const at = to.room(length)
    to.bytes.write(value, at, length)
  },
  read: (from) => {
    const length = from.length(max)
    const at = from.take(length)
    return from.bytes.toString("utf8", at, at + length)
  },
})

/** Bytes of a length that is at most `max`. */
export const lengthBytes = (max: number): 1 | 2 | 4 => (max <= 0xff ? 1 : max <= 0xffff ? 2 : 4)

/** The value, or null: one byte 0 or 1 before it. */
export const nullable = <T>(kind: Scalar<T> | Field<T>): Field<T | null> => {
  const field = asField(kind)
  return {
    maxBytes: 1 + field.maxBytes,
    write: (to, value) => {
      to.length(value === null ? 0 : 1, 1)
      if (value !== null) field.write(to, value)
    },
    read: (from) => (from.length(1) === 0 ? null : field.read(from)),
  }
}

/** A value that is stored as another one: terms as their text, say. */
export const mapped = <T, Stored>(
  kind: Scalar<Stored> | Field<Stored>,
  { store, restore }: { readonly store: (value: T) => Stored; readonly restore: (stored: Stored) => T },
): Field<T> => {
  const field = asField(kind)
  return {
    maxBytes: field.maxBytes,
    write: (to, value) => field.write(to, store(value)),
    read: (from) => {
      const stored = field.read(from)
      try {
        return restore(stored)
      } catch (cause) {
        throw from.damaged("value", `a stored value that cannot be restored: ${(cause as Error).message}`)
      }
    },
  }
}
