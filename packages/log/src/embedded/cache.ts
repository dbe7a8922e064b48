/**
 * Frames in memory, so that a reader at the tail never goes to LMDB and one that reads a frame in small steps loads it once.
 * Only streams that somebody in this process reads are kept.
 */
import type { Frame } from "./frame.ts"

/** Frames loaded for readers far behind the tail: a few readers per stream, each inside one frame at a time. */
const LOADED_PER_STREAM = 4

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
    const covers = (frame: Frame): boolean => frame.base <= offset && offset < frame.end
    if (tail.length > 0 && tail[0]!.base <= offset) return tail.findLast(covers)
    return loaded.findLast(covers)
  }

  /** Remembers a frame that was just made durable. */
  wrote(stream: string, frame: Frame): void {
    const frames = this.#streams.get(stream)
    if (frames === undefined) return
    frames.tail.push(frame)
    this.#order.push(stream)
    this.#bytes += frame.bytes.length
    while (this.#bytes > this.#limit) {
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
