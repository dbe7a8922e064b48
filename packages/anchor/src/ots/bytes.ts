/** Bytes as OpenTimestamps writes them: LEB128 numbers, and bytes behind their length. */
import { AnchorError } from "../error.ts"

/** @throws AnchorError `evidence` at the end of the bytes, or above a bound */
export class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    return this.take(1)[0]!
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw new AnchorError("evidence", "the timestamp ends too early")
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  number(): number {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = this.byte()
      value += (byte % 128) * shift
      if (!Number.isSafeInteger(value)) throw new AnchorError("evidence", "a number of the timestamp is too large")
      if (byte < 128) return value
    }
  }

  bytes(minimum: number, maximum: number): Uint8Array {
    const length = this.number()
    if (length < minimum || length > maximum)
      throw new AnchorError("evidence", `the timestamp holds ${length} bytes where ${minimum} to ${maximum} may stand`)
    return this.take(length)
  }
}

export const numberBytes = (value: number): Uint8Array => {
  const bytes: Array<number> = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

export const lengthBytes = (bytes: Uint8Array): Uint8Array => Buffer.concat([numberBytes(bytes.length), bytes])
