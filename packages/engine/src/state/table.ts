/**
 * The states of one partition, for one stage or for all five (one row per device, one slot per stage), as bytes outside of
 * the JavaScript heap (`rows.ts`).
 *
 * It is changed in place while a batch is judged. If the commit of that batch fails, the owner either rolls the batch back
 * (`rollBack`, where it has called `keepBefore`) or throws the whole table away and restores it from the changelog: nothing
 * uncommitted is ever judged upon again. How many strangers it keeps is in `strangers-pool.ts`.
 */
import type { ItemRows } from "@assay/knowledge"
import { type AnyStage, isReservedKey, type StateView } from "@assay/trust"
import { Counts } from "./counts.ts"
import { Deadlines } from "./deadlines.ts"
import { isItemKey, PARTITION_KEY, Rows } from "./rows.ts"
import { SlotView } from "./slot-view.ts"
import { StrangersPool } from "./strangers-pool.ts"

export { PARTITION_KEY } from "./rows.ts"

/** A row as the changelog has it. States of a table's rows are read in their place and must not be kept. */
export interface Row {
  /** Bit per slot: each stage admits at the admission entry as it comes to it. */
  readonly admitted: number
  readonly slots: ReadonlyArray<unknown>
  /** A stranger's place in the pool of each slot, growing with every write; null once it is in none. */
  readonly order: ReadonlyArray<number> | null
}

/** Where items of knowledge lie, whichever stages share the table. */
const ITEM_SLOT = 0

export class StateTable {
  private judging: ReadonlyArray<AnyStage>
  private readonly all: Rows
  /** Numbers of rows that changed since the last `takeDirty`, in order of their first change, and which those are. */
  private dirty: Array<number> = []
  private isDirty = new Uint8Array(16)
  /** Rows that hold nothing any more, whose numbers are kept until the commit. */
  private ending: Array<number> = []
  /** Whether it can be put back. */
  private keepsBefore = false
  private readonly strangers: StrangersPool
  /** Null for a slot whose states have none. */
  private readonly deadlines: ReadonlyArray<Deadlines | null>
  private readonly counts: Counts
  private readonly views: ReadonlyArray<SlotView>
  /** Gives the key under which something of an erased device may be kept; null where none was erased. */
  tombstoneOf: ((device: string) => string) | null = null

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.judging = stages
    this.all = new Rows(stages)
    this.strangers = new StrangersPool(stages)
    this.deadlines = stages.map(({ strangers }) =>
      strangers.deadline === undefined ? null : new Deadlines((row) => this.all.nameOf(row)),
    )
    this.counts = new Counts(stages.length)
    this.views = stages.map((_, slot) => new SlotView(this, slot))
  }

  /** Those that judge on it now. Ask again after `useStages`: whoever kept them kept all that they have looked up. */
  get stages(): ReadonlyArray<AnyStage> {
    return this.judging
  }

  /** Other stages from here on: of the same names in the same order, and of the same code. */
  useStages(stages: ReadonlyArray<AnyStage>): void {
    this.judging = stages
    this.all.useStages(stages)
    this.strangers.useStages(stages)
  }

  /**
   * From here on the table can be put back to what it was after the last `committed`, or this call. Call `committed` once what
   * `takeDirty` gave is durable; what is kept grows until then.
   */
  keepBefore(): void {
    if (this.dirty.length > 0) throw new Error("a batch is under way")
    this.keepsBefore = true
    this.all.keepBefore()
    this.strangers.keepBefore()
    this.counts.committed()
  }

  /** What the table is now is what it is put back to. */
  committed(): void {
    if (!this.keepsBefore) return
    for (const row of this.ending) this.all.close(row)
    this.ending = []
    this.all.committed()
    this.strangers.committed()
    this.counts.committed()
  }

  /** Puts everything back to what it was after the last `committed`, whatever the batch did and wherever it failed. */
  rollBack(): void {
    if (!this.keepsBefore) throw new Error("nothing was kept of what the table was before")
    const changed = this.all.changed()
    // Deadlines are ordered by name, and rows that came will have none.
    for (const row of changed) for (const deadlines of this.deadlines) deadlines?.remove(row)
    this.all.rollBack()
    this.strangers.rollBack()
    this.counts.rollBack()
    for (const row of changed) this.scheduleAll(row)
    for (const row of this.dirty) this.isDirty[row] = 0
    this.dirty = []
    this.ending = []
  }

  /** Memory outside of the heap, in bytes. */
  get bytes(): number {
    return this.all.bytes
  }

  /** How many rows there are. */
  get size(): number {
    return this.all.size
  }

  /** The part that the track keeps its items in. They are rows of this table: changed, written and restored as all others. */
  items(): ItemRows {
    return {
      get: (key) => this.stateOf(ITEM_SLOT, key) as Uint8Array | undefined,
      set: (key, row) => this.set(ITEM_SLOT, key, row),
      count: (prefix) => this.counts.itemsOf(prefix),
    }
  }

  has(key: string): boolean {
    const row = this.all.find(key)
    return row >= 0 && !this.all.isEmpty(row)
  }

  rowOf(key: string): Row | undefined {
    const row = this.all.find(key)
    return row < 0 || this.all.isEmpty(row) ? undefined : this.rowAt(row)
  }

  /** Rows have numbers below it, which stay theirs; a row that comes may take that of one that is gone. */
  get end(): number {
    return this.all.end
  }

  /** The key of the row of this number; null where that is nobody's. */
  keyAt(row: number): string | null {
    return this.all.isUsed(row) ? this.all.nameOf(row) : null
  }

  *keys(): Iterable<string> {
    for (let row = 0; row < this.all.end; row++) if (this.all.isUsed(row)) yield this.all.nameOf(row)
  }

  /** The changelog's round in which the row was last written. */
  roundOf(key: string): number {
    return this.all.roundOf(this.all.find(key))
  }

  setRound(key: string, round: number): void {
    this.all.setRound(this.all.find(key), round)
  }

  /** Devices admitted by the stage in `slot`. */
  admittedOf(slot: number): number {
    return this.counts.admittedOf(slot)
  }

  /** Strangers now pooled by the stage in `slot`. */
  strangersOf(slot: number): number {
    return this.strangers.sizeOf(slot)
  }

  /** The state of a device, else what outlived its erasure. It is read in its place: the next write there ends it. */
  get(slot: number, device: string): unknown {
    const state = this.stateOf(slot, device)
    if (state !== undefined || this.tombstoneOf === null || isReservedKey(device)) return state
    return this.stateOf(slot, this.tombstoneOf(device))
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
    const row = this.all.find(device)
    if (row < 0 || !this.isAdmitted(slot, row)) return
    this.all.setAdmitted(row, this.all.admittedOf(row) & ~(1 << slot))
    this.counts.addAdmitted(slot, -1)
    this.touch(row)
    this.all.thinned(row)
  }

  /** Writes (or, with null, removes) one stage's state of a device. */
  set(slot: number, device: string, state: unknown): void {
    if (state === null) {
      const row = this.all.find(device)
      if (row < 0 || !this.all.hasState(slot, row)) return
      this.strangers.remove(slot, row)
      this.counts.addItem(device, -1)
      this.drop(slot, row)
      return
    }
    if (isItemKey(device) && !this.has(device)) this.counts.addItem(device, 1)
    const row = this.all.open(device)
    this.all.setState(slot, row, state)
    this.touch(row)
    if (device === PARTITION_KEY || isItemKey(device)) return
    this.schedule(slot, row, state)
    if (this.isAdmitted(slot, row) || isReservedKey(device)) return
    if (this.isKept(slot, state)) this.strangers.remove(slot, row)
    else this.pool(slot, row)
  }

  /** The device leaves the stage's pool of strangers for good. */
  admit(slot: number, device: string): void {
    const row = this.all.open(device)
    if (this.isAdmitted(slot, row)) return
    this.all.setAdmitted(row, this.all.admittedOf(row) | (1 << slot))
    this.counts.addAdmitted(slot, 1)
    this.strangers.remove(slot, row)
    this.touch(row)
  }

  /** Puts back what the changelog says; null removes the row. Evicts nobody: that is in the changelog too. */
  restore(device: string, given: Row | null): void {
    if (this.keepsBefore) throw new Error("a table that can be put back is not restored")
    const present = this.all.find(device)
    if (present >= 0) this.forget(present)
    if (given === null) return
    const row = this.all.open(device)
    this.counts.addItem(device, 1)
    this.all.setAdmitted(row, given.admitted)
    this.count(row, 1)
    for (let slot = 0; slot < given.slots.length; slot++) {
      const state = given.slots[slot]
      if (state === undefined) continue
      this.all.setState(slot, row, state)
      if (device === PARTITION_KEY || isItemKey(device)) continue
      this.schedule(slot, row, state)
      if (given.order === null || this.isAdmitted(slot, row) || isReservedKey(device) || this.isKept(slot, state))
        continue
      this.strangers.restore(slot, row, given.order[slot]!)
    }
    if (this.all.isEmpty(row)) this.forget(row)
  }

  /** Ends a restore: puts the pools in the order in which they were written. */
  restored(): void {
    this.strangers.restored()
  }

  /**
   * The same once more: what is judged on the copy is not seen here. Costs a look at every row.
   * @param stages those that judge on the copy; the same ones where left out
   */
  fork(stages: ReadonlyArray<AnyStage> = this.stages): StateTable {
    const copy = new StateTable(stages)
    for (const key of this.keys()) copy.restore(key, this.rowOf(key)!)
    copy.restored()
    return copy
  }

  /** The keys of rows changed since the last call; the rows (or their absence) go into the changelog. */
  takeDirty(): ReadonlyArray<string> {
    const keys: Array<string> = []
    for (const row of this.dirty) {
      this.isDirty[row] = 0
      keys.push(this.all.nameOf(row))
      if (!this.all.isEmpty(row)) continue
      if (this.keepsBefore) this.ending.push(row)
      else this.all.close(row)
    }
    this.dirty = []
    return keys
  }

  /** What the stage in `slot` may see. */
  view(slot: number): StateView<unknown, unknown> {
    return this.views[slot]!
  }

  /** The state of the whole partition. */
  sharedOf(slot: number): unknown {
    return this.stateOf(slot, PARTITION_KEY)
  }

  hasAdmitted(slot: number, device: string): boolean {
    const row = this.all.find(device)
    return row >= 0 && this.isAdmitted(slot, row)
  }

  /** Names, earliest first. */
  due(slot: number, time: number, limit: number): ReadonlyArray<string> {
    return (this.deadlines[slot]?.first(time, limit) ?? []).map((row) => this.all.nameOf(row))
  }

  /** In the order of their names, which a restore does not change. */
  admittedWhere(slot: number, wanted: (state: unknown) => boolean): ReadonlyArray<string> {
    const found: Array<string> = []
    for (let row = 0; row < this.all.end; row++) {
      if (!this.all.isUsed(row) || !this.isAdmitted(slot, row)) continue
      const state = this.all.stateOf(slot, row)
      if (state !== undefined && wanted(state)) found.push(this.all.nameOf(row))
    }
    return found.sort()
  }

  /** In the order of their names, which a restore does not change. */
  ownKeys(slot: number, prefix: string): ReadonlyArray<string> {
    const found: Array<string> = []
    for (let row = 0; row < this.all.end; row++) {
      if (!this.all.isUsed(row) || !this.all.hasState(slot, row)) continue
      const name = this.all.nameOf(row)
      if (isReservedKey(name) && name.startsWith(prefix)) found.push(name)
    }
    return found.sort()
  }

  private rowAt(row: number): Row {
    return {
      admitted: this.all.admittedOf(row),
      slots: this.stages.map((_, slot) => this.all.stateOf(slot, row)),
      order: this.strangers.placesOf(row),
    }
  }

  private stateOf(slot: number, key: string): unknown {
    const row = this.all.find(key)
    return row < 0 ? undefined : this.all.stateOf(slot, row)
  }

  private isAdmitted(slot: number, row: number): boolean {
    return (this.all.admittedOf(row) & (1 << slot)) !== 0
  }

  private isKept(slot: number, state: unknown): boolean {
    return this.stages[slot]!.strangers.keeps?.(state) === true
  }

  private schedule(slot: number, row: number, state: unknown): void {
    const deadlines = this.deadlines[slot]!
    if (deadlines === null) return
    const due = this.stages[slot]!.strangers.deadline!(state)
    if (due === undefined) deadlines.remove(row)
    else deadlines.set(row, due)
  }

  /** The deadlines of a row that has none yet. */
  private scheduleAll(row: number): void {
    if (row >= this.all.end || !this.all.isUsed(row)) return
    const name = this.all.nameOf(row)
    if (name === PARTITION_KEY || isItemKey(name)) return
    for (let slot = 0; slot < this.stages.length; slot++)
      if (this.all.hasState(slot, row)) this.schedule(slot, row, this.all.stateOf(slot, row))
  }

  /** Everything of the row, while the table is restored. */
  private forget(row: number): void {
    this.count(row, -1)
    this.counts.addItem(this.all.nameOf(row), -1)
    for (let slot = 0; slot < this.stages.length; slot++) {
      this.strangers.remove(slot, row)
      this.deadlines[slot]?.remove(row)
      this.all.dropState(slot, row)
    }
    this.all.setAdmitted(row, 0)
    this.all.thinned(row)
    this.all.close(row)
  }

  private count(row: number, by: 1 | -1): void {
    for (let slot = 0; slot < this.stages.length; slot++)
      if (this.isAdmitted(slot, row)) this.counts.addAdmitted(slot, by)
  }

  private touch(row: number): void {
    if (row >= this.isDirty.length) {
      const grown = new Uint8Array(Math.max(row + 1, 2 * this.isDirty.length))
      grown.set(this.isDirty)
      this.isDirty = grown
    }
    if (this.isDirty[row] === 1) return
    this.isDirty[row] = 1
    this.dirty.push(row)
  }

  private pool(slot: number, row: number): void {
    const oldest = this.strangers.put(slot, row)
    if (oldest >= 0) this.drop(slot, oldest)
  }

  /** Takes the state in this slot away. */
  private drop(slot: number, row: number): void {
    this.deadlines[slot]?.remove(row)
    this.all.dropState(slot, row)
    this.touch(row)
    this.all.thinned(row)
  }
}
