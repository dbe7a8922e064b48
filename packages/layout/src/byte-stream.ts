/** Where values are written to and read from, one field after the other. */
import { DamagedState, type Fault } from "./errors.ts"
import { lengthBytes } from "./field.ts"

const FIRST_BYTES = 4096

/** Grows as needed. One serves a whole layout: writing is synchronous, and what is kept is copied out. */
export class Sink {
  bytes: Buffer = Buffer.alloc(FIRST_BYTES)
  view: DataView = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
  at = 0

  /** Takes the next `size` bytes; returns where they begin. */
  room(size: number): number {
    const at = this.at
    this.at += size
    if (this.at > this.bytes.length) this.grow()
    return at
  }

  /** Writes a length or count that is at most `max`. */
  length(length: number, max: number): void {
    const size = lengthBytes(max)
    this.bytes.writeUIntLE(length, this.room(size), size)
  }

  put(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.room(bytes.length))
  }

  /** A copy of all that was written, for a short life: it may lie in Node's pool of buffers. */
  taken(): Uint8Array {
    return Buffer.from(this.bytes.subarray(0, this.at))
  }

  /** A copy of what was written since `start`, in memory of its own: a piece of the pool would keep all of it alive. */
  since(start: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, this.at))
  }

  private grow(): void {
    const larger = Buffer.alloc(2 ** Math.ceil(Math.log2(this.at)))
    larger.set(this.bytes)
    this.bytes = larger
    this.view = new DataView(larger.buffer, larger.byteOffset, larger.length)
  }
}

export class Source {
  readonly bytes: Buffer
  readonly view: DataView
  private readonly layout: string
  private at = 0

  constructor(layout: string, bytes: Uint8Array) {
    this.layout = layout
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Goes over the next `size` bytes; returns where they begin. */
  take(size: number): number {
    const at = this.at
    this.at += size
    if (this.at > this.bytes.length) throw this.damaged("truncated", `cut off at ${this.bytes.length} bytes`)
    return at
  }

  /** Reads a length or count that is at most `max`. */
  length(max: number): number {
    const size = lengthBytes(max)
    const at = this.take(size)
    const length = this.bytes.readUIntLE(at, size)
    if (length > max) throw this.damaged("oversize", `a length of ${length} at ${at}, where ${max} is the most`)
    return length
  }

  end(): void {
    if (this.at !== this.bytes.length)
      throw this.damaged("oversize", `${this.bytes.length} bytes, of which it takes ${this.at}`)
  }

  damaged(fault: Fault, detail: string): DamagedState {
    return new DamagedState(this.layout, fault, detail)
  }
}
