/** CBOR in its core deterministic encoding (RFC 8949 section 4.2.1): the one that `decodeCbor` takes. */
import { floatSize, halfOf } from "./float.ts"
import { type Cbor, type CborKey, Float, MAJOR, SIMPLE } from "./value.ts"

export type Encodable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Float
  | ReadonlyArray<Encodable>
  | ReadonlyMap<CborKey, Encodable>

const head = (major: number, value: number): Buffer => {
  const type = major << 5
  if (value < 24) return Buffer.of(type | value)
  if (value < 0x100) return Buffer.of(type | 24, value)
  if (value < 0x1_0000) return Buffer.of(type | 25, value >> 8, value & 0xff)
  const bytes = Buffer.alloc(value < 0x1_0000_0000 ? 5 : 9)
  bytes[0] = type | (bytes.length === 5 ? 26 : 27)
  if (bytes.length === 5) bytes.writeUInt32BE(value, 1)
  else bytes.writeBigUInt64BE(BigInt(value), 1)
  return bytes
}

const float = (value: number): Buffer => {
  if (!Number.isFinite(value)) throw new TypeError(`no CBOR for ${value}: a number must be finite`)
  const size = floatSize(value)
  const bytes = Buffer.alloc(1 + size)
  bytes[0] = size === 2 ? SIMPLE.half : size === 4 ? SIMPLE.single : SIMPLE.double
  if (size === 2) bytes.writeUInt16BE(halfOf(value)!, 1)
  else if (size === 4) bytes.writeFloatBE(value, 1)
  else bytes.writeDoubleBE(value, 1)
  return bytes
}

const number = (value: number): Buffer => {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return float(value)
  return value < 0 ? head(MAJOR.negative, -1 - value) : head(MAJOR.unsigned, value)
}

const map = (entries: ReadonlyMap<CborKey, Encodable>): Buffer => {
  const pairs = [...entries].map(([key, value]) => [encodeCbor(key), encodeCbor(value)] as const)
  pairs.sort(([a], [b]) => a.compare(b))
  return Buffer.concat([head(MAJOR.map, pairs.length), ...pairs.flat()])
}

/** A whole number becomes an integer, unless it comes as `Float`. @throws TypeError for NaN and infinities */
export const encodeCbor = (value: Encodable | Cbor): Buffer => {
  if (value === null) return Buffer.of(SIMPLE.null)
  if (typeof value === "boolean") return Buffer.of(value ? SIMPLE.true : SIMPLE.false)
  if (typeof value === "number") return number(value)
  if (typeof value === "string") {
    const text = Buffer.from(value)
    return Buffer.concat([head(MAJOR.text, text.length), text])
  }
  if (value instanceof Float) return float(value.value)
  if (value instanceof Uint8Array) return Buffer.concat([head(MAJOR.bytes, value.length), value])
  if (value instanceof Map) return map(value)
  const items = value as ReadonlyArray<Encodable>
  return Buffer.concat([head(MAJOR.array, items.length), ...items.map(encodeCbor)])
}
