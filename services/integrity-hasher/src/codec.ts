/**
 * How a state is stored: Avro `state-integrity.avsc`, whose first field is the version. By hand, because a state is written
 * for every message and avsc takes 2 us for it, and because avsc is not exact beyond 2^52. A test compares the two.
 */
import { putLong, takeLong } from "@assay/schemas/wire/long"
import type { StateCodec } from "@assay/trust"
import type { IntegrityState } from "./state.ts"

const VERSION = 1

/** Twelve numbers of ten bytes at most, and the lengths of the texts. */
const MAX_NUMBERS = 512
let scratch = Buffer.alloc(4096)
let at = 0

const long = (value: number): void => {
  at = putLong(scratch, at, value)
}

const ascii = (text: string): void => {
  long(text.length)
  for (let i = 0; i < text.length; i += 1) scratch[at++] = text.charCodeAt(i)
}

const utf8 = (text: string): void => {
  long(Buffer.byteLength(text))
  at += scratch.write(text, at)
}

export const integrityCodec: StateCodec<IntegrityState> = {
  encode: (state) => {
    const { digests, model } = state
    let room = MAX_NUMBERS + 3 * model.length
    for (const digest of digests) room += digest.length
    if (scratch.length < room) scratch = Buffer.alloc(room)
    at = 0
    long(VERSION)
    long(state.epo)
    long(state.base)
    long(state.head)
    long(state.oldEpo)
    long(state.oldBase)
    long(state.oldHead)
    long(state.oldLast)
    long(state.seen)
    long(state.known)
    long(state.held)
    if (digests.length > 0) {
      long(digests.length)
      for (const digest of digests) ascii(digest)
    }
    long(0)
    long(state.svn)
    utf8(model)
    return new Uint8Array(scratch.subarray(0, at))
  },
  /** @throws Error on another version or broken bytes: the data directory is then newer or damaged */
  decode: (bytes) => {
    const from = new Source(bytes)
    if (from.long() !== VERSION) throw new Error("integrity state of a version that is not known here")
    const [epo, base, head] = [from.long(), from.long(), from.long()]
    const [oldEpo, oldBase, oldHead, oldLast] = [from.long(), from.long(), from.long(), from.long()]
    const [seen, known, held] = [from.long(), from.long(), from.long()]
    const digests: Array<string> = []
    for (let left = from.long(); left > 0; left = from.long()) {
      for (; left > 0; left -= 1) digests.push(from.text())
    }
    const [svn, model] = [from.long(), from.text()]
    from.end()
    return { epo, base, head, oldEpo, oldBase, oldHead, oldLast, seen, known, held, digests, svn, model }
  },
}

class Source {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  long(): number {
    const value = takeLong(() => this.#byte())
    if (value === null) throw new Error("integrity state with a number that is no safe integer")
    return value
  }

  text(): string {
    const length = this.long()
    const start = this.#at
    if (length < 0 || start + length > this.#bytes.length) throw new Error("integrity state that is cut off")
    this.#at = start + length
    return this.#bytes.toString("utf8", start, this.#at)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Error("integrity state that is cut off")
    return byte
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error("integrity state with bytes behind its end")
  }
}
