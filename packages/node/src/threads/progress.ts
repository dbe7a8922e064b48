/** Whether a thread moves: it counts that in shared memory, since one that stands still cannot say so. */

/** What a thread counts; the last one is of turns of its event loop. */
export type Counts = Int32Array<SharedArrayBuffer>

/** Turns of the event loop are counted so often while nothing else is. */
const BEAT_MS = 250

/** How often it is looked whether a thread moves, in the time for which it may stand still. */
export const LOOKS = 4

/** Counts turns of this thread's event loop until the timer is cleared. */
export const countTurns = (counts: Counts): NodeJS.Timeout =>
  setInterval(() => Atomics.add(counts, counts.length - 1, 1), BEAT_MS)

export class Progress {
  readonly counts: Counts
  #seen = 0
  #seenAt = performance.now()

  /** @param others counts beside that of turns */
  constructor(others: number) {
    this.counts = new Int32Array(new SharedArrayBuffer(4 * (others + 1)))
  }

  /** It counts as standing still from now on at the earliest: until now its start was awaited. */
  begin(): void {
    this.#seenAt = performance.now()
  }

  /** @returns for how many milliseconds nothing was seen to move */
  standsStill(now: number): number {
    const seen = this.counts.reduce((sum, _, at) => (sum + Atomics.load(this.counts, at)) | 0, 0)
    if (seen !== this.#seen) {
      this.#seen = seen
      this.#seenAt = now
    }
    return now - this.#seenAt
  }
}
