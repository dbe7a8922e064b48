/**
 * For how long a transaction that somebody leaves open holds back what was written behind it. Lag does not show that, because
 * it is counted to what may be read. Transactions come and go all the time: only one that stays counts, and that is seen by
 * the end of what may be read, which stands still at its first record.
 */
import { type Log, type StreamPartition, shownBounds } from "@assay/log"

export interface HeldBack {
  /** At most; offsets have gaps. */
  readonly records: number
  /** Since it was first seen. */
  readonly ms: number
}

const NOTHING: HeldBack = { records: 0, ms: 0 }

/** One for each partition that is looked at now and again. */
export class HeldBackWatch {
  #seen: { readonly end: number; readonly since: number } | null = null

  /** @param now by any clock that does not go back, in milliseconds. @returns null where the engine has no transactions */
  async look(log: Log, at: StreamPartition, now: number): Promise<HeldBack | null> {
    if (log.heldBack === undefined) return null
    const records = await log.heldBack(at)
    if (records === 0) {
      this.#seen = null
      return NOTHING
    }
    const { end } = await shownBounds(log, at)
    if (this.#seen?.end !== end) this.#seen = { end, since: now }
    return { records, ms: now - this.#seen.since }
  }
}
