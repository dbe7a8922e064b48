/**
 * How a state is stored: Avro `state-identity.avsc`, whose first field is the version. By hand, because avsc refuses the
 * last safe integers and reads others inexactly: a device may count with any of them, and a state that cannot be written
 * stops the whole partition. A test compares the two.
 */
import { putLong, takeLong } from "@assay/schemas/wire/long"
import type { StateCodec } from "@assay/trust"
import { MEMORY_BYTES } from "./memory.ts"
import type { IdentityState } from "./state.ts"

const VERSION = 1
/** Version, eight numbers and the length of the memory. */
const MAX_LONG_BYTES = 10
const scratch = Buffer.alloc(10 * MAX_LONG_BYTES + MEMORY_BYTES)
let at = 0

const long = (value: number): void => {
  at = putLong(scratch, at, value)
}

export const identityCodec: StateCodec<IdentityState> = {
  encode: (state) => {
    at = 0
    long(VERSION)
    long(state.epo)
    long(state.head)
    long(state.iat)
    long(state.since)
    long(state.previousEpo)
    long(state.previousHead)
    long(state.refused)
    long(state.presented)
    long(state.memory.length)
    at += scratch.write(state.memory, at, "latin1")
    return Buffer.from(scratch.subarray(0, at))
  },
  /** @throws Error on another version or broken bytes: the data directory is then newer or damaged */
  decode: (bytes) => {
    // A later version may have other fields, so look before reading on: the first byte is the version, zigzag.
    if (bytes[0] !== VERSION * 2) throw new Error(`an identity state of another version: ${bytes[0]}`)
    const from = new Source(bytes)
    const [epo, head, iat, since] = [from.long(), from.long(), from.long(), from.long()]
    const [previousEpo, previousHead, refused, presented] = [from.long(), from.long(), from.long(), from.long()]
    return { epo, head, iat, since, previousEpo, previousHead, refused, presented, memory: from.memory() }
  },
}

class Source {
  readonly #bytes: Buffer
  /** Behind the version. */
  #at = 1
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  long(): number {
    const value = takeLong(() => this.#byte())
    if (value === null) throw new Error("an identity state with a number that is no safe integer")
    return value
  }

  memory(): string {
    const length = this.long()
    if (length !== MEMORY_BYTES || this.#at + length !== this.#bytes.length)
      throw new Error(`an identity state of ${length} bytes`)
    return this.#bytes.toString("latin1", this.#at)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Error("an identity state that is cut off")
    return byte
  }
}
