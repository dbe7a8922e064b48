/** Durations by share: buckets that grow by 2 %, so a percentile is right within 1 %. */
const LEAST_S = 1e-4
const GROWTH = Math.log(1.02)

export class Durations {
  readonly #counts: Array<number> = []
  count = 0
  sum = 0
  max = 0

  add(seconds: number, count: number): void {
    const bucket = Math.max(0, Math.round(Math.log(Math.max(seconds, LEAST_S) / LEAST_S) / GROWTH))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count
    this.count += count
    this.sum += seconds * count
    this.max = Math.max(this.max, seconds)
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count
  }

  /** @param share 0 to 1 */
  percentile(share: number): number {
    let left = share * this.count
    for (const [bucket, count = 0] of this.#counts.entries()) {
      left -= count
      if (left <= 0 && count > 0) return Math.min(this.max, LEAST_S * Math.exp(bucket * GROWTH))
    }
    return this.max
  }
}
