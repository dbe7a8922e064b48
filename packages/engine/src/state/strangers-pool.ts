/**
 * The strangers (devices not admitted) of one partition: a bounded pool per stage, ordered by last write. A newcomer pushes
 * out the least recently written. Eviction happens entry by entry, so it does not depend on how batches are split.
 */
import type { AnyStage } from "@assay/trust"
import type { Row } from "./table.ts"

export class StrangersPool {
  private readonly stages: ReadonlyArray<AnyStage>
  /** One per slot, each from the least to the most recently written. */
  private readonly pools: ReadonlyArray<Map<string, Row>>
  private lastOrder = 0

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.stages = stages
    this.pools = stages.map(() => new Map<string, Row>())
  }

  sizeOf(slot: number): number {
    return this.pools[slot]!.size
  }

  /**
   * The device is the most recently written of its slot; its row says so.
   * @returns the one that had to go for it, whose state in this slot the caller removes; null where there was room
   */
  put(slot: number, device: string, row: Row): readonly [device: string, row: Row] | null {
    const pool = this.pools[slot]!
    pool.delete(device)
    pool.set(device, row)
    row.order ??= new Array<number>(this.stages.length).fill(0)
    row.order[slot] = ++this.lastOrder
    if (pool.size <= this.stages[slot]!.strangers.maximum) return null
    const oldest = pool.entries().next().value!
    pool.delete(oldest[0])
    return oldest
  }

  remove(slot: number, device: string): void {
    this.pools[slot]!.delete(device)
  }

  /** Puts back a row with its order, evicting nobody. End with `restored`. */
  restore(slot: number, device: string, row: Row): void {
    this.pools[slot]!.set(device, row)
  }

  /** Puts the pools in the order in which they were written. */
  restored(): void {
    for (let slot = 0; slot < this.pools.length; slot++) {
      const pool = this.pools[slot]!
      const ordered = [...pool].sort(([, a], [, b]) => a.order![slot]! - b.order![slot]!)
      pool.clear()
      for (const [device, row] of ordered) {
        pool.set(device, row)
        this.lastOrder = Math.max(this.lastOrder, row.order![slot]!)
      }
    }
  }
}
