/**
 * Memory of frames that were written and that nobody reads, used again for the next ones: V8 counts memory outside of its
 * heap, and marks all of the heap anew for every 64 MiB of it that were taken.
 */

/** Kept at most, for all partitions that a thread has open. */
const KEPT_BYTES = 16 << 20
/** Sizes are powers of two from here on. What is larger than the last is not kept. */
const LEAST_LOG2 = 12
const MOST_LOG2 = 21

const log2Of = (size: number): number => Math.max(LEAST_LOG2, 32 - Math.clz32(size - 1))

export class FrameMemory {
  /** By the logarithm of their size. */
  readonly #kept: Array<Array<ArrayBuffer>> = Array.from({ length: MOST_LOG2 + 1 }, () => [])
  #bytes = 0

  /** What lies in it is undefined. */
  take(size: number): Buffer {
    if (size > 1 << MOST_LOG2) return Buffer.allocUnsafeSlow(size)
    const log2 = log2Of(size)
    const again = this.#kept[log2]!.pop()
    // Not from Buffer's pool: the writer thread reads it, and so may readers of the stream.
    if (again === undefined) return Buffer.allocUnsafeSlow(1 << log2).subarray(0, size)
    this.#bytes -= again.byteLength
    return Buffer.from(again, 0, size)
  }

  /** Gives back what `take` gave. Nobody may read it from now on. */
  give({ buffer, byteLength }: Uint8Array): void {
    if (byteLength > 1 << MOST_LOG2 || this.#bytes + buffer.byteLength > KEPT_BYTES) return
    this.#kept[log2Of(byteLength)]!.push(buffer as ArrayBuffer)
    this.#bytes += buffer.byteLength
  }

  /** Bytes that wait to be used again. */
  get bytes(): number {
    return this.#bytes
  }
}
