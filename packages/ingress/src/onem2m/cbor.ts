/**
 * CBOR (RFC 8949) as far as oneM2M uses it (TS-0004, clause 8.5): what JSON can hold, and byte strings. Reading is strict:
 * definite lengths, maps by text, no name twice, no tags, nothing behind the value; depth is bounded, and so is all else by the
 * length of the bytes.
 */

export class CborError extends Error {
  readonly _tag = "CborError"
  override readonly name = "CborError"
}

const MAX_DEPTH = 32
const TEXT = new TextDecoder("utf-8", { fatal: true })

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get rest(): number {
    return this.#bytes.length - this.#at
  }

  value(depth: number): unknown {
    const first = this.#take(1)[0]!
    const [major, info] = [first >> 5, first & 31]
    if (major === 7) return this.#simple(info)
    const argument = this.#argument(info)
    switch (major) {
      case 0:
        return argument
      case 1:
        return -1 - argument
      case 2:
        return Buffer.from(this.#take(argument))
      case 3:
        return this.#text(argument)
      case 4:
        return this.#list(argument, depth + 1)
      case 5:
        return this.#map(argument, depth + 1)
      default:
        throw new CborError("it has a tag, which oneM2M knows none of")
    }
  }

  #take(size: number): Buffer {
    if (size > this.rest) throw new CborError("it ends inside a value")
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  #argument(info: number): number {
    if (info < 24) return info
    if (info === 24) return this.#take(1)[0]!
    if (info === 25) return this.#take(2).readUInt16BE()
    if (info === 26) return this.#take(4).readUInt32BE()
    if (info !== 27) throw new CborError("it has a value of no definite length")
    const value = Number(this.#take(8).readBigUInt64BE())
    if (!Number.isSafeInteger(value)) throw new CborError("it has a whole number above 2^53")
    return value
  }

  #simple(info: number): unknown {
    if (info === 20 || info === 21) return info === 21
    if (info === 22) return null
    if (info === 25) return half(this.#take(2).readUInt16BE())
    if (info === 26) return this.#take(4).readFloatBE()
    if (info === 27) return this.#take(8).readDoubleBE()
    throw new CborError("it has a simple value that JSON has none for")
  }

  #text(size: number): string {
    try {
      return TEXT.decode(this.#take(size))
    } catch (cause) {
      throw cause instanceof CborError ? cause : new CborError("it has a text that is not UTF-8")
    }
  }

  /** Each value takes a byte at least: what is announced can be no more than what is left. */
  #room(count: number, depth: number): void {
    if (count > this.rest) throw new CborError("it ends inside a value")
    if (depth > MAX_DEPTH) throw new CborError(`it is deeper than ${MAX_DEPTH}`)
  }

  #list(count: number, depth: number): ReadonlyArray<unknown> {
    this.#room(count, depth)
    return Array.from({ length: count }, () => this.value(depth))
  }

  #map(count: number, depth: number): Record<string, unknown> {
    this.#room(count * 2, depth)
    const found = new Map<string, unknown>()
    for (let nth = 0; nth < count; nth++) {
      const name = this.value(depth)
      if (typeof name !== "string") throw new CborError("it has a map with a name that is no text")
      if (found.has(name)) throw new CborError(`it has the name ${JSON.stringify(name)} twice`)
      found.set(name, this.value(depth))
    }
    // Defines a member also where it is called __proto__.
    return Object.fromEntries(found)
  }
}

/** IEEE 754 binary16 (RFC 8949, appendix D). */
const half = (bits: number): number => {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent < 31
        ? (fraction + 1024) * 2 ** (exponent - 25)
        : fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
  return bits & 0x8000 ? -size : size
}

/** @throws CborError that says what is wrong */
export const decodeCbor = (bytes: Uint8Array): unknown => {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  const value = reader.value(0)
  if (reader.rest > 0) throw new CborError("something stands behind the value")
  return value
}

const head = (major: number, value: number): Buffer => {
  const type = major << 5
  if (value < 24) return Buffer.of(type | value)
  if (value < 0x100) return Buffer.of(type | 24, value)
  const bytes = Buffer.alloc(value < 0x1_0000 ? 3 : value < 0x1_0000_0000 ? 5 : 9)
  bytes[0] = type | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27)
  if (bytes.length === 9) bytes.writeBigUInt64BE(BigInt(value), 1)
  else bytes.writeUIntBE(value, 1, bytes.length - 1)
  return bytes
}

const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xfb
  bytes.writeDoubleBE(value, 1)
  return bytes
}

/** Of what JSON can hold. Members that are undefined are left out. */
export const encodeCbor = (value: unknown): Buffer => {
  if (value === null || value === undefined) return Buffer.of(0xf6)
  if (typeof value === "boolean") return Buffer.of(value ? 0xf5 : 0xf4)
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return double(value)
    return value < 0 ? head(1, -1 - value) : head(0, value)
  }
  if (typeof value === "string") {
    const text = Buffer.from(value)
    return Buffer.concat([head(3, text.length), text])
  }
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encodeCbor)])
  const members = Object.entries(value as object).filter(([, item]) => item !== undefined)
  return Buffer.concat([
    head(5, members.length),
    ...members.flatMap(([name, item]) => [encodeCbor(name), encodeCbor(item)]),
  ])
}
