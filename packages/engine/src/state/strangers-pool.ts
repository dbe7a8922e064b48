/**
 * The strangers (devices not admitted) of one partition: a bounded pool per stage, ordered by last write. A newcomer pushes
 * out the least recently written. Eviction happens entry by entry, so it does not depend on how batches are split.
 */
import type { AnyStage } from "@assay/trust"

/** Where nobody stands in any pool. */
const NOWHERE = 0

export class StrangersPool {
  private readonly stages: ReadonlyArray<AnyStage>
  /** One per slot: the place of each row, growing with every write, from the least to the most recently written. */
  private readonly pools: ReadonlyArray<Map<number, number>>
  private lastPlace = NOWHERE

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.stages = stages
    this.pools = stages.map(() => new Map<number, number>())
  }

  sizeOf(slot: number): number {
    return this.pools[slot]!.size
  }

  /** The row's place in each pool, 0 where it is in none; null where it is in no pool at all. */
  placesOf(row: number): ReadonlyArray<number> | null {
    let places: Array<number> | null = null
    for (let slot = 0; slot < this.pools.length; slot++) {
      const place = this.pools[slot]!.get(row)
      if (place === undefined) continue
      places ??= new Array<number>(this.pools.length).fill(NOWHERE)
      places[slot] = place
    }
    return places
  }

  /**
   * The row is the most recently written of its slot.
   * @returns the one that had to go for it, whose state in this slot the caller removes; -1 where there was room
   */
  put(slot: number, row: number): number {
    const pool = this.pools[slot]!
    pool.delete(row)
    pool.set(row, ++this.lastPlace)
    if (pool.size <= this.stages[slot]!.strangers.maximum) return -1
    const oldest = pool.keys().next().value!
    pool.delete(oldest)
    return oldest
  }

  remove(slot: number, row: number): void {
    this.pools[slot]!.delete(row)
  }

  /** Puts back a row with its place, evicting nobody. End with `restored`. */
  restore(slot: number, row: number, place: number): void {
    this.pools[slot]!.set(row, place)
  }

  /** Puts the pools in the order in which they were written. */
  restored(): void {
    for (const pool of this.pools) {
      const ordered = [...pool].sort(([, a], [, b]) => a - b)
      pool.clear()
      for (const [row, place] of ordered) {
        pool.set(row, place)
        this.lastPlace = Math.max(this.lastPlace, place)
      }
    }
  }
}
