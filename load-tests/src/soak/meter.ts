/** Counts decisions and how long each took, piece by piece of time. */

/** What happened since the last `take`. */
interface Metered {
  readonly decisions: number
  /** Milliseconds from being submitted to being decided. */
  readonly p50: number
  readonly p99: number
  /** Of those latencies. */
  readonly count: number
}

const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0

export class Meter {
  #decisions = 0
  #latencies: Array<number> = []

  /** @param ms null where nobody knows when it was submitted */
  decided(ms: number | null): void {
    this.#decisions++
    if (ms !== null) this.#latencies.push(ms)
  }

  take(): Metered {
    const sorted = this.#latencies.sort((a, b) => a - b)
    const metered = {
      ...{ decisions: this.#decisions, count: sorted.length },
      ...{ p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) },
    }
    this.#decisions = 0
    this.#latencies = []
    return metered
  }
}
