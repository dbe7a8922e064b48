/**
 * Frames in memory, so that a reader at the tail never goes to LMDB and one that reads a frame in small steps loads it once.
 * Only streams that somebody in this process reads are kept.
 */
import type { Frame } from "./frame.ts"

/** Frames loaded for readers far behind the tail: a few readers per stream, each inside one frame at a time. */
const LOADED_PER_STREAM = 4

/** Bounds the tail by number too: many tiny frames would make its bookkeeping expensive. */
const TAIL_FRAMES = 4096

interface StreamFrames {
  /** Recently written, ascending and without holes. */
  readonly tail: Array<Frame>
  /** Recently loaded, latest last. */
  readonly loaded: Array<Frame>
}

export class FrameCache {
  readonly #limit: number
  readonly #streams = new Map<string, StreamFrames>()
  /** Streams in the order their tail frames were written, for eviction: oldest first. */
  readonly #order: Array<string> = []
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** The frame that covers `offset`. From the first call on, the stream's new frames are kept. */
  find(stream: string, offset: number): Frame | undefined {
    const frames = this.#streams.get(stream)
    if (frames === undefined) {
      this.#streams.set(stream, { tail: [], loaded: [] })
      return undefined
    }
    const { tail, loaded } = frames
    if (tail.length > 0 && tail[0]!.base <= offset) return tail[indexOf(tail, offset)]
    return loaded.findLast((frame) => frame.base <= offset && offset < frame.end)
  }

  /** Remembers a frame that was just made durable. */
  wrote(stream: string, frame: Frame): void {
    const frames = this.#streams.get(stream)
    if (frames === undefined) return
    frames.tail.push(frame)
    this.#order.push(stream)
    this.#bytes += frame.bytes.length
    while (this.#bytes > this.#limit || this.#order.length > TAIL_FRAMES) {
      const oldest = this.#streams.get(this.#order.shift()!)!.tail.shift()!
      this.#bytes -= oldest.bytes.length
    }
  }

  /** Remembers a frame that was read from LMDB. */
  loaded(stream: string, frame: Frame): void {
    const frames = this.#streams.get(stream)
    if (frames === undefined) return
    if (frames.loaded.push(frame) > LOADED_PER_STREAM) frames.loaded.shift()
  }
}

/** Index of the first frame that ends after `offset`; the tail has no holes, so that one covers it. */
const indexOf = (tail: ReadonlyArray<Frame>, offset: number): number => {
  let low = 0
  let high = tail.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (tail[middle]!.end <= offset) low = middle + 1
    else high = middle
  }
  return low
}
