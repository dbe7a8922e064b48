/**
 * When few records are there, how soon after one commit the next may begin. Where a commit costs some milliseconds of several
 * processes whatever it holds, a runner that commits each record as it comes keeps everybody busy and gets slower by it.
 * A record that comes after a rest is judged at once, and so is whatever makes a batch worth its commit.
 */
import { setTimeout as delay } from "node:timers/promises"

/** Shared by so many records, a commit costs each of them little beside its signature. */
const WORTH_A_COMMIT = 256

export class Pace {
  readonly #lingerMs: number
  readonly #worth: number
  /** When the last commit of few records began, or long ago. */
  #last = Number.NEGATIVE_INFINITY

  /**
   * @param lingerMs 0: none of this applies
   * @param batchRecords as many as a batch takes: a full one is never few
   */
  constructor(lingerMs: number, batchRecords: number) {
    this.#lingerMs = lingerMs
    this.#worth = Math.min(WORTH_A_COMMIT, batchRecords)
  }

  /** Whether it is better to commit these and let the others gather than to read on now. */
  isFew(entries: number): boolean {
    return this.#lingerMs > 0 && entries < this.#worth
  }

  /** A batch is about to be judged and committed. */
  begins(entries: number): void {
    this.#last = this.isFew(entries) ? performance.now() : Number.NEGATIVE_INFINITY
  }

  /** Resolves when the next batch may be read, or when `signal` aborts. */
  async rest(signal: AbortSignal): Promise<void> {
    const left = this.#last + this.#lingerMs - performance.now()
    if (left <= 0 || signal.aborted) return
    await delay(left, undefined, { signal }).catch((cause: Error) => {
      if (cause.name !== "AbortError") throw cause
    })
  }
}
