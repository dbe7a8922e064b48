/** A token bucket: a rate with a burst. Pure: the caller says what time it is. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at: number

  /**
   * Full at first.
   * @param perSecond tokens that come back in a second
   * @param burst how many it holds at most
   * @param now milliseconds, by any clock
   */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /**
   * Takes all of `count` or nothing. More than the burst is taken from a full bucket, which then owes the rest.
   * @param now milliseconds, by the clock of the constructor
   * @returns 0 where taken, else after how many milliseconds to try again
   */
  take(count: number, now: number): number {
    // A clock that was set back must not make anybody pay for the difference.
    const elapsed = Math.max(0, now - this.#at)
    this.#at = now
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsed * this.#perSecond) / 1000)
    const wanted = Math.min(count, this.#burst)
    if (this.#tokens < wanted) return Math.ceil(((wanted - this.#tokens) * 1000) / this.#perSecond)
    this.#tokens -= count
    return 0
  }
}
