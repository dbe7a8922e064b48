/**
 * Memory of the records that one commit writes: it is used again once the commit is over, where nobody has the records any
 * more. V8 marks all of its heap anew for every 64 MiB of memory outside of it that were taken.
 *
 *   const memory = new RecordMemory()
 *   memory.during(() => outputs.push(encodeAudit(event)))
 *   ... commit outputs ...
 *   memory.reuse()
 *
 * Whoever drops it without `reuse` leaves it to the collector: the records then stay for as long as somebody has them.
 */
import { type Place, writer } from "./writer.ts"

const SLAB_BYTES = 1 << 16
/** Kept for later at most, by a thread. */
const KEPT_SLABS = 256

const kept: Array<Buffer> = []

const NOWHERE: Place = { slab: Buffer.alloc(0), start: 0 }

export class RecordMemory {
  #slabs: Array<Buffer> = []
  #place: Place = NOWHERE

  /** What is encoded while `encode` runs, which must not wait for anything, lies in this memory. */
  during<Result>(encode: () => Result): Result {
    const before = writer.move(this.#place, this.#take)
    try {
      return encode()
    } finally {
      this.#place = writer.move(before.place, before.take).place
    }
  }

  /** Room for bytes that belong to a record; what lies there is undefined. */
  room(size: number): Buffer {
    let { slab, start } = this.#place
    if (start + size > slab.length) {
      slab = this.#take(Math.max(size, SLAB_BYTES))
      start = 0
    }
    this.#place = { slab, start: start + size }
    return slab.subarray(start, start + size)
  }

  /** Ends it. The records must not be read any more. */
  reuse(): void {
    for (const slab of this.#slabs) if (slab.length === SLAB_BYTES && kept.length < KEPT_SLABS) kept.push(slab)
    this.#slabs = []
    this.#place = NOWHERE
  }

  readonly #take = (size: number): Buffer => {
    const slab = (size <= SLAB_BYTES ? kept.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(size, SLAB_BYTES))
    this.#slabs.push(slab)
    return slab
  }
}
