/** Signed messages as bytes: what the bench holds in memory while it measures must cost the collector nothing. */
import type { NewRecord } from "@assay/log"

/** What one message needs to be sent. */
export interface Sendable {
  readonly partition: number
  readonly record: NewRecord
}

/** Before each record: its partition, and the lengths of its key and its value. */
const HEAD = 12

/** One buffer: head, key and value of each, one after the other. */
export const pack = (messages: ReadonlyArray<Sendable>): Uint8Array => {
  const packed = Buffer.allocUnsafeSlow(
    messages.reduce((sum, { record }) => sum + HEAD + record.key.length + record.value.length, 0),
  )
  let at = 0
  for (const { partition, record } of messages) {
    const { key, value } = record
    packed.writeUInt32LE(partition, at)
    packed.writeUInt32LE(key.length, at + 4)
    packed.writeUInt32LE(value.length, at + 8)
    packed.set(key, at + HEAD)
    packed.set(value, at + HEAD + key.length)
    at += HEAD + key.length + value.length
  }
  return packed
}

export class Packed {
  /** Where each begins: the number of its buffer, and its place there. */
  readonly #buffers: Array<Buffer> = []
  readonly #bufferOf: Uint32Array
  readonly #placeOf: Uint32Array
  readonly count: number

  /** @param parts as `pack` makes them */
  constructor(parts: ReadonlyArray<Uint8Array>) {
    const places: Array<readonly [buffer: number, at: number]> = []
    for (const part of parts) {
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength)
      const buffer = this.#buffers.push(bytes) - 1
      for (let at = 0; at < bytes.length; at += HEAD + bytes.readUInt32LE(at + 4) + bytes.readUInt32LE(at + 8))
        places.push([buffer, at])
    }
    this.count = places.length
    this.#bufferOf = Uint32Array.from(places, ([buffer]) => buffer)
    this.#placeOf = Uint32Array.from(places, ([, at]) => at)
  }

  partitionOf(n: number): number {
    return this.#buffers[this.#bufferOf[n]!]!.readUInt32LE(this.#placeOf[n]!)
  }

  recordOf(n: number): NewRecord {
    const bytes = this.#buffers[this.#bufferOf[n]!]!
    const at = this.#placeOf[n]!
    const key = at + HEAD
    const value = key + bytes.readUInt32LE(at + 4)
    return { key: bytes.subarray(key, value), value: bytes.subarray(value, value + bytes.readUInt32LE(at + 8)) }
  }

  /** Records of messages `[from, to)` that go to this partition, with their numbers. */
  of(partition: number, from: number, to: number): { numbers: Array<number>; records: Array<NewRecord> } {
    const numbers: Array<number> = []
    for (let n = from; n < Math.min(to, this.count); n++) if (this.partitionOf(n) === partition) numbers.push(n)
    return { numbers, records: numbers.map((n) => this.recordOf(n)) }
  }
}
