/**
 * An object that many states have in common and that is made of a text, as the terms of a credential are.
 *
 *   SHA-256 of the text | the text
 *
 * A state holds bytes alone, so the object is found by the hash: eight comparisons of numbers, no parse, no look at the
 * text. What was found lately is kept, and is made again from the text where it was forgotten; a decision must not depend on
 * two equal objects being the same one.
 */
import { outOfRange } from "./errors.ts"
import { checkText, isUtf8, type Variable } from "./variable.ts"

const HASH_BYTES = 32
/** Of texts that are kept with their objects, for each kind. */
const KEPT_BYTES = 32 << 20

interface Kept<T> {
  readonly value: T
  /** As stored. */
  readonly data: Buffer
  readonly view: DataView
}

/** What an interned object is made of, and how it is found. */
export interface Interning<T extends object> {
  /** The text, the same for equal objects. */
  store(value: T): string
  /** Makes the object. @throws for a text that `store` does not give */
  restore(text: string): T
  /** SHA-256 of the text in UTF-8; handed in, because this package imports nothing. */
  hash(text: string): Uint8Array
}

/**
 * An object that many states have in common; it must never change.
 * @param max most bytes of the text
 */
export const interned = <T extends object>(max: number, how: Interning<T>): Variable<T> => {
  /** By the first four bytes of the hash. Of two that share these, the later one is kept. */
  const byHash = new Map<number, Kept<T>>()
  const byValue = new WeakMap<T, Kept<T>>()
  let keptBytes = 0

  const dataOf = (text: string): Buffer => Buffer.concat([how.hash(text), Buffer.from(text)])

  const keep = (value: T, data: Buffer): Kept<T> => {
    const kept = { value, data, view: new DataView(data.buffer, data.byteOffset, data.length) }
    const key = kept.view.getInt32(0)
    keptBytes += data.length - (byHash.get(key)?.data.length ?? 0)
    byHash.delete(key)
    byHash.set(key, kept)
    byValue.set(value, kept)
    for (const [oldest, { data }] of byHash) {
      if (keptBytes <= KEPT_BYTES || oldest === key) break
      byHash.delete(oldest)
      keptBytes -= data.length
    }
    return kept
  }

  const find = (view: DataView, at: number): Kept<T> | undefined => {
    const kept = byHash.get(view.getInt32(at))
    if (kept === undefined) return undefined
    for (let i = 4; i < HASH_BYTES; i += 4) if (view.getInt32(at + i) !== kept.view.getInt32(i)) return undefined
    return kept
  }

  const make = (bytes: Buffer, at: number, length: number): T => {
    const value = how.restore(bytes.toString("utf8", at + HASH_BYTES, at + length))
    return keep(value, Buffer.from(bytes.subarray(at, at + length))).value
  }

  return {
    maxBytes: HASH_BYTES + max,
    required: true,
    read: (view, bytes, at, length) => {
      if (length === 0) throw outOfRange("set yet", "this field")
      return find(view, at)?.value ?? make(bytes, at, length)
    },
    write: (_, bytes, at, value) => {
      let kept = byValue.get(value)
      if (kept === undefined) {
        const text = how.store(value)
        checkText(text, max)
        kept = keep(value, dataOf(text))
      }
      bytes.set(kept.data, at)
      return kept.data.length
    },
    fault: (view, bytes, at, length) => {
      if (length < HASH_BYTES) return "is not set"
      const kept = find(view, at)
      if (kept !== undefined)
        return kept.data.compare(bytes, at, at + length) === 0 ? null : "is not what its hash says"
      const stored = bytes.subarray(at + HASH_BYTES, at + length)
      if (!isUtf8(bytes, at + HASH_BYTES, at + length)) return "is no UTF-8"
      if (!dataOf(stored.toString()).equals(bytes.subarray(at, at + length))) return "is not what its hash says"
      try {
        const value = how.restore(stored.toString())
        if (how.store(value) !== stored.toString()) return "is not how it would be stored"
        keep(value, Buffer.from(bytes.subarray(at, at + length)))
        return null
      } catch (cause) {
        return `cannot be restored: ${(cause as Error).message}`
      }
    },
  }
}
