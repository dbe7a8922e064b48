/**
 * How much of unfinished bodies is in memory, of all requests together. Where the bound is reached, the body that waits for
 * its sender longest is given up: who sends at an honest pace is done long before. Not shared between threads.
 */
export interface Holding {
  /** Counts bytes that are kept. @returns false where they must not be kept, because every other body is being worked on */
  add(bytes: number): boolean
  /** They are no longer kept. */
  drop(bytes: number): void
  /** @param giveUp called at most once, where this body has to go while it waits for its sender; null: it does not wait */
  wait(giveUp: (() => void) | null): void
  /** Resolves when the next piece may be read, after one of so many bytes: many long bodies at once must not keep probes waiting. */
  turn(bytes: number): Promise<void>
  /** The request is over. */
  end(): void
}

interface Held {
  bytes: number
  giveUp: (() => void) | null
}

/**
 * Bytes of all bodies that are read in one turn of the event loop, and readers that go on in the next: a millisecond or two
 * of work. libuv accepts one connection a turn, so a probe waits for as many turns as there are connections before it.
 */
const TURN_BYTES = 256 << 10
const TURN_READERS = 4

export class HeldBytes {
  readonly #limit: number
  /** In the order in which they began. */
  readonly #held = new Set<Held>()
  #bytes = 0
  /** Bytes that may still be read in this turn, and who waits for a later one. */
  #left = TURN_BYTES
  readonly #waiting: Array<() => void> = []
  #isArmed = false

  constructor(limit: number) {
    this.#limit = limit
  }

  get bytes(): number {
    return this.#bytes
  }

  begin(): Holding {
    const own: Held = { bytes: 0, giveUp: null }
    this.#held.add(own)
    return {
      add: (bytes) => {
        if (!this.#makeRoom(bytes)) return false
        own.bytes += bytes
        this.#bytes += bytes
        return true
      },
      drop: (bytes) => {
        own.bytes -= bytes
        this.#bytes -= bytes
      },
      wait: (giveUp) => {
        own.giveUp = giveUp
      },
      turn: async (bytes) => {
        this.#left -= bytes
        this.#arm()
        if (this.#left <= 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
      },
      end: () => this.#remove(own),
    }
  }

  #arm(): void {
    if (this.#isArmed) return
    this.#isArmed = true
    setImmediate(() => {
      this.#isArmed = false
      this.#left = TURN_BYTES
      for (const goOn of this.#waiting.splice(0, TURN_READERS)) goOn()
      if (this.#waiting.length > 0) this.#arm()
    })
  }

  #remove(held: Held): void {
    if (this.#held.delete(held)) this.#bytes -= held.bytes
    held.bytes = 0
  }

  #makeRoom(bytes: number): boolean {
    for (const held of this.#held) {
      if (this.#bytes + bytes <= this.#limit) return true
      if (held.giveUp === null || held.bytes === 0) continue
      this.#remove(held)
      held.giveUp()
    }
    return this.#bytes + bytes <= this.#limit
  }
}
