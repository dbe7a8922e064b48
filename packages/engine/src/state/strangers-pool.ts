/**
 * The strangers (devices not admitted) of one partition: a bounded pool per stage, ordered by last write. A newcomer pushes
 * out the least recently written. Eviction happens entry by entry, so it does not depend on how batches are split.
 */
import type { AnyStage } from "@assay/trust"

/** Where nobody stands in any pool. */
const NOWHERE = 0
/** Room for so many changes at first; it doubles. */
const FIRST_CHANGES = 64
/** Slot, row, and the place that it had there. */
const CHANGE = 3

export class StrangersPool {
  private stages: ReadonlyArray<AnyStage>
  /** One per slot: the place of each row, growing with every write, from the least to the most recently written. */
  private readonly pools: ReadonlyArray<Map<number, number>>
  private lastPlace = NOWHERE
  /** What was changed since the last `committed`, one `CHANGE` after the other; null where nothing is to be put back. */
  private changes: Float64Array | null = null
  private changed = 0
  private committedPlace = NOWHERE

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.stages = stages
    this.pools = stages.map(() => new Map<number, number>())
  }

  /** Other stages of the same names, with the same bounds. */
  useStages(stages: ReadonlyArray<AnyStage>): void {
    this.stages = stages
  }

  /** From here on what the pools are can be put back. */
  keepBefore(): void {
    this.changes ??= new Float64Array(FIRST_CHANGES * CHANGE)
    this.committed()
  }

  /** What the pools are now is what they are put back to. */
  committed(): void {
    this.changed = 0
    this.committedPlace = this.lastPlace
  }

  /** Puts the pools back to what they were at the last `committed`. */
  rollBack(): void {
    const { changes } = this
    if (changes === null) throw new Error("nothing was kept of what the pools were before")
    const touched = new Set<number>()
    for (let at = this.changed - CHANGE; at >= 0; at -= CHANGE) {
      const slot = changes[at]!
      touched.add(slot)
      if (changes[at + 2] === NOWHERE) this.pools[slot]!.delete(changes[at + 1]!)
      else this.pools[slot]!.set(changes[at + 1]!, changes[at + 2]!)
    }
    for (const slot of touched) this.sort(slot)
    this.changed = 0
    this.lastPlace = this.committedPlace
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
    this.note(slot, row)
    pool.delete(row)
    pool.set(row, ++this.lastPlace)
    if (pool.size <= this.stages[slot]!.strangers.maximum) return -1
    const oldest = pool.keys().next().value!
    this.note(slot, oldest)
    pool.delete(oldest)
    return oldest
  }

  remove(slot: number, row: number): void {
    if (!this.pools[slot]!.has(row)) return
    this.note(slot, row)
    this.pools[slot]!.delete(row)
  }

  /** To be called before each change of the row's place. */
  private note(slot: number, row: number): void {
    if (this.changes === null) return
    if (this.changed === this.changes.length) {
      const grown = new Float64Array(2 * this.changed)
      grown.set(this.changes)
      this.changes = grown
    }
    this.changes[this.changed] = slot
    this.changes[this.changed + 1] = row
    this.changes[this.changed + 2] = this.pools[slot]!.get(row) ?? NOWHERE
    this.changed += CHANGE
  }

  /** Puts back a row with its place, evicting nobody. End with `restored`. */
  restore(slot: number, row: number, place: number): void {
    this.pools[slot]!.set(row, place)
  }

  /** Puts the pools in the order in which they were written. */
  restored(): void {
    for (let slot = 0; slot < this.pools.length; slot++) {
      this.sort(slot)
      for (const place of this.pools[slot]!.values()) this.lastPlace = Math.max(this.lastPlace, place)
    }
  }

  private sort(slot: number): void {
    const pool = this.pools[slot]!
    const ordered = [...pool].sort(([, a], [, b]) => a - b)
    pool.clear()
    for (const [row, place] of ordered) pool.set(row, place)
  }
}
