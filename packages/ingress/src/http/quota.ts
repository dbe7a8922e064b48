/** A token bucket per principal: how many messages it may submit. Bounded: principals come from the configuration. */
export class Quota {
  private readonly buckets = new Map<string, { tokens: number; at: number }>()
  private readonly perSecond: number
  private readonly burst: number

  /** @param perSecond messages per second and principal; @param burst how many at once */
  constructor(perSecond: number, burst: number) {
    this.perSecond = perSecond
    this.burst = burst
  }

  /** @param now milliseconds @returns 0 when taken, else the milliseconds after which to try again */
  take(principal: string, count: number, now: number): number {
    const bucket = this.buckets.get(principal) ?? { tokens: this.burst, at: now }
    // A clock that was set back must not make anybody pay for the difference.
    const elapsed = Math.max(0, now - bucket.at)
    const tokens = Math.min(this.burst, bucket.tokens + (elapsed * this.perSecond) / 1000)
    const wanted = Math.min(count, this.burst)
    if (tokens < wanted) {
      this.buckets.set(principal, { tokens, at: now })
      return Math.ceil(((wanted - tokens) * 1000) / this.perSecond)
    }
    this.buckets.set(principal, { tokens: tokens - count, at: now })
    return 0
  }
}
