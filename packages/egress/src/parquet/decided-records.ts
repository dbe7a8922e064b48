/**
 * Finds the record of a decided stream that a decision vouches for, by its hash. Stream and decisions have one order, so it is the
 * next one; what stands there and no decision calls for is passed over, within a bound.
 */
import { createHash } from "node:crypto"
import { type Log, recordsIn } from "@assay/log"

/** Records that are read ahead to find one. */
const AHEAD = 4_096

interface Ahead {
  readonly offset: number
  readonly value: Uint8Array
}

const hashOf = (value: Uint8Array): string => createHash("sha256").update(value).digest("hex")

export class DecidedRecords {
  readonly #records: AsyncGenerator<Ahead>
  /** Read, and not called for so far; in order. */
  readonly #ahead = new Map<string, Ahead>()
  #next: number

  /** @param from an offset of the stream's partition */
  constructor(log: Log, stream: string, partition: number, from: number) {
    this.#records = recordsIn(log, stream, partition, from)
    this.#next = from
  }

  /** The offset behind the last record that was found. */
  get next(): number {
    return this.#next
  }

  /** @param hash SHA-256 of the record's value @returns null where it is not among the next ones */
  async find(hash: Uint8Array): Promise<Uint8Array | null> {
    const wanted = Buffer.from(hash).toString("hex")
    const known = this.#ahead.get(wanted)
    if (known !== undefined) return this.#found(known)
    while (this.#ahead.size < AHEAD) {
      const { value: record, done } = await this.#records.next()
      if (done === true || record === undefined) return null
      const name = hashOf(record.value)
      if (name === wanted) return this.#found(record)
      this.#ahead.set(name, record)
    }
    return null
  }

  /** What lies before it nobody will call for: decisions come in the order of their records. */
  #found({ offset, value }: Ahead): Uint8Array {
    for (const [name, one] of this.#ahead) if (one.offset <= offset) this.#ahead.delete(name)
    this.#next = Math.max(this.#next, offset + 1)
    return value
  }
}
