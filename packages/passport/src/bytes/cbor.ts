/**
 * Deterministic CBOR (RFC 8949 section 4.2.1), as far as passports need it: integers within 2^53, byte and text strings,
 * arrays, maps, null. Another encoding of the same value is refused: what was read is written again and compared.
 */
import { concat, fromHex, fromUtf8, isEqual, toHex, toUtf8 } from "./bytes.ts"

export type Cbor = null | number | string | Uint8Array | ReadonlyArray<Cbor> | CborMap
export interface CborMap extends ReadonlyMap<number | string, Cbor> {}

const MAX_DEPTH = 8

/** The first byte of a type with its length or value. @param major 0..7 */
const head = (major: number, value: number): Uint8Array => {
  const type = major << 5
  if (value < 24) return Uint8Array.of(type | value)
  const size = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x1_0000_0000 ? 4 : 8
  const bytes = new Uint8Array(1 + size)
  bytes[0] = type | (23 + Math.log2(size) + 1)
  for (let i = size, rest = value; i > 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256
  return bytes
}

/** @throws TypeError for a number that is no safe integer: a mistake of the caller */
export const encodeCbor = (value: Cbor): Uint8Array => {
  if (value === null) return Uint8Array.of(0xf6)
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError()
    return value < 0 ? head(1, -1 - value) : head(0, value)
  }
  if (typeof value === "string") {
    const text = toUtf8(value)
    return concat(head(3, text.length), text)
  }
  if (value instanceof Uint8Array) return concat(head(2, value.length), value)
  if (value instanceof Map) {
    // By the encoded key, and no two keys are encoded alike: the hex of key and value has the order of the keys.
    const entries = [...(value as CborMap)].map(([key, item]) => toHex(concat(encodeCbor(key), encodeCbor(item))))
    return concat(head(5, entries.length), fromHex(entries.sort().join("")))
  }
  const items = value as ReadonlyArray<Cbor>
  return concat(head(4, items.length), ...items.map(encodeCbor))
}

/** @throws TypeError where the bytes are none */
const read = (bytes: Uint8Array): Cbor => {
  let at = 0
  const malformed = (): never => {
    throw new TypeError()
  }
  const take = (size: number): Uint8Array => {
    if (size > bytes.length - at) malformed()
    at += size
    return bytes.subarray(at - size, at)
  }
  const argument = (info: number): number => {
    if (info < 24) return info
    if (info > 27) malformed()
    return take(1 << (info - 24)).reduce((sum, byte) => sum * 256 + byte, 0)
  }
  // Each value takes a byte at least, so what is claimed to follow can be no longer than what does.
  const many = (size: number, depth: number): Array<Cbor> => {
    if (size > bytes.length - at || depth > MAX_DEPTH) malformed()
    return Array.from({ length: size }, () => value(depth))
  }
  const value = (depth: number): Cbor => {
    const first = take(1)[0]!
    const major = first >> 5
    if (major > 5) return first === 0xf6 ? null : malformed()
    const size = argument(first & 31)
    if (major < 2) return major === 0 ? size : -1 - size
    if (major === 2) return take(size)
    if (major === 3) return fromUtf8(take(size)) ?? malformed()
    if (major === 4) return many(size, depth + 1)
    const items = many(size * 2, depth + 1)
    const found = new Map<number | string, Cbor>()
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!
      found.set(typeof key === "object" ? malformed() : (key as number | string), items[i + 1]!)
    }
    return found
  }
  return value(0)
}

/**
 * The value, or undefined where the bytes are no deterministic encoding of one: written again it must give the same bytes, which
 * finds a second value, another order or length, a member twice, and a key or number of another kind. Never throws.
 */
export const decodeCbor = (bytes: Uint8Array): Cbor | undefined => {
  try {
    const value = read(bytes)
    return isEqual(encodeCbor(value), bytes) ? value : undefined
  } catch {
    return undefined
  }
}
