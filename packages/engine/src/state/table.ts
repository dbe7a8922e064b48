/**
 * The states of one partition, in memory, for one stage or for all five (one row per device, one slot per stage).
 *
 * It is changed in place while a batch is judged. If the commit of that batch fails, the owner throws the whole table
 * away and restores it from the changelog: nothing uncommitted is ever judged upon again. How many strangers it keeps is
 * in `strangers-pool.ts`.
 */
import { type AnyStage, isReservedKey, type StateView } from "@assay/trust"
import { Deadlines } from "./deadlines.ts"
import { StrangersPool } from "./strangers-pool.ts"

/** The key of the row that holds what concerns the whole partition (`Stage.shared`). Never a DID, and no stage can name it. */
export const PARTITION_KEY = ""

export interface Row {
  /** Bit per slot: each stage admits at the admission entry as it comes to it. */
  admitted: number
  /** The changelog's round in which it was last written; see `ChangelogWriter`. */
  round: number
  readonly slots: Array<unknown>
  /** A stranger's place in the pool of each slot, growing with every write; null once admitted everywhere. */
  order: Array<number> | null
}

const isAdmitted = (row: Row, slot: number): boolean => (row.admitted & (1 << slot)) !== 0

export class StateTable {
  readonly rows = new Map<string, Row>()
  /** Devices whose row changed since the last `takeDirty`, in order of their last write. */
  private dirty = new Set<string>()
  private readonly strangers: StrangersPool
  private readonly deadlines: ReadonlyArray<Deadlines>
  private readonly stages: ReadonlyArray<AnyStage>
  private readonly admittedCounts: Array<number>
  /** Gives the key under which something of an erased device may be kept; null where none was erased. */
  tombstoneOf: ((device: string) => string) | null = null

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.stages = stages
    this.strangers = new StrangersPool(stages)
    this.deadlines = stages.map(() => new Deadlines())
    this.admittedCounts = stages.map(() => 0)
  }

  /** Devices admitted by the stage in `slot`. */
  admittedOf(slot: number): number {
    return this.admittedCounts[slot]!
  }

  /** Strangers now pooled by the stage in `slot`. */
  strangersOf(slot: number): number {
    return this.strangers.sizeOf(slot)
  }

  /** The state of a device, else what outlived its erasure. */
  get(slot: number, device: string): unknown {
    const state = this.rows.get(device)?.slots[slot]
    if (state !== undefined || this.tombstoneOf === null || isReservedKey(device)) return state
    return this.rows.get(this.tombstoneOf(device))?.slots[slot]
  }

  /** Forgets one stage's part of a device, admission and all, but for what outlives it. @throws Error without `tombstoneOf` */
  erase(slot: number, device: string): void {
    if (this.tombstoneOf === null) throw new Error("nothing keys the names of erased devices")
    const state = this.get(slot, device)
    const kept = state === undefined ? null : (this.stages[slot]!.erased?.(state) ?? null)
    this.set(slot, this.tombstoneOf(device), kept)
    this.expel(slot, device)
    this.set(slot, device, null)
  }

  /** Takes an admission back. */
  private expel(slot: number, device: string): void {
    const row = this.rows.get(device)
    if (row === undefined || !isAdmitted(row, slot)) return
    row.admitted &= ~(1 << slot)
    this.admittedCounts[slot]!--
    this.touch(device)
    this.dropIfEmpty(device, row)
  }

  /** Writes (or, with null, removes) one stage's state of a device. */
  set(slot: number, device: string, state: unknown): void {
    let row = this.rows.get(device)
    if (state === null) {
      if (row === undefined || row.slots[slot] === undefined) return
      row.slots[slot] = undefined
      this.strangers.remove(slot, device)
      this.touch(device)
      this.dropIfEmpty(device, row)
      return
    }
    if (row === undefined) {
      row = this.newRow()
      this.rows.set(device, row)
    }
    row.slots[slot] = state
    this.touch(device)
    if (device === PARTITION_KEY) return
    const due = this.stages[slot]!.strangers.deadline?.(state)
    if (due !== undefined) this.deadlines[slot]!.push(device, due)
    if (isAdmitted(row, slot) || isReservedKey(device)) return
    if (this.isKept(slot, state)) this.strangers.remove(slot, device)
    else this.pool(slot, device, row)
  }

  /** The device leaves the stage's pool of strangers for good. */
  admit(slot: number, device: string): void {
    let row = this.rows.get(device)
    if (row === undefined) {
      row = this.newRow()
      this.rows.set(device, row)
    }
    if (isAdmitted(row, slot)) return
    row.admitted |= 1 << slot
    if (row.admitted === (1 << this.stages.length) - 1) row.order = null
    this.admittedCounts[slot]!++
    this.strangers.remove(slot, device)
    this.touch(device)
  }

  /** Puts back what the changelog says; null removes the row. Evicts nobody: that is in the changelog too. */
  restore(device: string, row: Row | null): void {
    const present = this.rows.get(device)
    if (present !== undefined) {
      this.count(present, -1)
      for (let slot = 0; slot < this.stages.length; slot++) this.strangers.remove(slot, device)
    }
    this.rows.delete(device)
    if (row === null) return
    this.rows.set(device, row)
    this.count(row, 1)
    if (device === PARTITION_KEY) return
    for (let slot = 0; slot < row.slots.length; slot++) {
      const state = row.slots[slot]
      if (state === undefined) continue
      const due = this.stages[slot]!.strangers.deadline?.(state)
      if (due !== undefined) this.deadlines[slot]!.push(device, due)
      if (row.order === null || isAdmitted(row, slot) || isReservedKey(device) || this.isKept(slot, state)) continue
      this.strangers.restore(slot, device, row)
    }
  }

  /** Ends a restore: puts the pools in the order in which they were written. */
  restored(): void {
    this.strangers.restored()
    this.dirty = new Set()
  }

  /** The same once more: what is judged on the copy is not seen here. Costs a look at every row. */
  fork(): StateTable {
    const copy = new StateTable(this.stages)
    for (const [key, row] of this.rows)
      copy.restore(key, { ...row, slots: [...row.slots], order: row.order === null ? null : [...row.order] })
    copy.restored()
    return copy
  }

  /** The devices changed since the last call; their rows (or their absence) go into the changelog. */
  takeDirty(): ReadonlySet<string> {
    const taken = this.dirty
    this.dirty = new Set()
    return taken
  }

  /** What the stage in `slot` may see. */
  view(slot: number): StateView<unknown, unknown> {
    const table = this
    return {
      get: (key) => (key === PARTITION_KEY ? undefined : table.get(slot, key)),
      get shared() {
        return table.rows.get(PARTITION_KEY)?.slots[slot]
      },
      isAdmitted: (device) => {
        const row = table.rows.get(device)
        return row !== undefined && isAdmitted(row, slot)
      },
      due: (time, limit) => table.due(slot, time, limit),
      get admitted() {
        return table.admittedCounts[slot]!
      },
    }
  }

  private due(slot: number, time: number, limit: number): ReadonlyArray<string> {
    const deadlines = this.deadlines[slot]!
    const { strangers } = this.stages[slot]!
    if (strangers.deadline === undefined) return []
    const found: Array<{ device: string; at: number }> = []
    for (const device of deadlines.popUntil(time)) {
      const state = this.rows.get(device)?.slots[slot]
      const at = state === undefined ? undefined : strangers.deadline(state)
      if (at === undefined) continue
      // Stays queued: a state that apply leaves alone is due again at the next tick.
      deadlines.push(device, at)
      if (at <= time) found.push({ device, at })
    }
    // By real deadline, not by queue, so that a restored table answers the same.
    found.sort((a, b) => a.at - b.at || (a.device < b.device ? -1 : 1))
    return found.slice(0, limit).map((entry) => entry.device)
  }

  private isKept(slot: number, state: unknown): boolean {
    return this.stages[slot]!.strangers.keeps?.(state) === true
  }

  private newRow(): Row {
    return { admitted: 0, round: -1, slots: new Array(this.stages.length).fill(undefined), order: null }
  }

  private count(row: Row, by: 1 | -1): void {
    for (let slot = 0; slot < this.stages.length; slot++) if (isAdmitted(row, slot)) this.admittedCounts[slot]! += by
  }

  private touch(device: string): void {
    this.dirty.delete(device)
    this.dirty.add(device)
  }

  private pool(slot: number, device: string, row: Row): void {
    const evicted = this.strangers.put(slot, device, row)
    if (evicted === null) return
    const [oldest, old] = evicted
    old.slots[slot] = undefined
    this.touch(oldest)
    this.dropIfEmpty(oldest, old)
  }

  private dropIfEmpty(device: string, row: Row): void {
    if (row.admitted === 0 && row.slots.every((state) => state === undefined)) this.rows.delete(device)
  }
}
