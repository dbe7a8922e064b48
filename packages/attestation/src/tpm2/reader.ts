/** Reads TPM structures: big-endian, sized buffers with a 16-bit length (TPM 2.0 part 2, section 10.4). */

import { MalformedError } from "../malformed.ts"

export class TpmReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @throws MalformedError */
  take(size: number): Uint8Array {
    if (size > this.#bytes.length - this.#at)
      throw new MalformedError(`${size} bytes at ${this.#at} of ${this.#bytes.length}`)
    this.#at += size
    return this.#bytes.subarray(this.#at - size, this.#at)
  }

  #start(size: number): number {
    this.take(size)
    return this.#at - size
  }

  u8(): number {
    return this.#view.getUint8(this.#start(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#start(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#start(4))
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#start(8))
  }

  /** TPM2B. */
  sized(): Uint8Array {
    return this.take(this.u16())
  }

  /** @throws MalformedError where something follows */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new MalformedError(`${this.#bytes.length - this.#at} bytes too many`)
  }
}
