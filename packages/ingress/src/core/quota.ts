/** How many messages a principal may submit. */
import { Lru, TokenBucket } from "@assay/bounded"

/** Principals come from the configuration. One that is forgotten begins with a full bucket. */
const MAX_PRINCIPALS = 10_000

/** A token bucket for each principal; for all together who have none. */
export class Quota {
  private readonly buckets = new Lru<TokenBucket>(MAX_PRINCIPALS)
  private readonly perSecond: number
  private readonly burst: number

  /** @param perSecond messages per second and principal; @param burst how many at once */
  constructor(perSecond: number, burst: number) {
    this.perSecond = perSecond
    this.burst = burst
  }

  /** @param now milliseconds @returns 0 when taken, else the milliseconds after which to try again */
  take(principal: string, count: number, now: number): number {
    const bucket = this.buckets.get(principal) ?? new TokenBucket(this.perSecond, this.burst, now)
    this.buckets.set(principal, bucket)
    return bucket.take(count, now)
  }
}
