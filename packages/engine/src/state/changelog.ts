/**
 * The changelog of a table: append-only, one composite record per changed device and batch.
 *
 * Value layout: `u8 version (1) | u8 admitted (bit per slot) | per slot: u32 BE length (0xffffffff: none) | state bytes`,
 * and for a stranger, per slot: `u48 BE place in the pool`, so that a restored pool evicts in the same order.
 * An empty or null value means the row is gone (both are written: an engine that compacts drops the key for the null).
 * Keys starting with U+0001 are the runner's own (see RUNNER_KEY and `progress.ts`).
 *
 * Where the engine does not compact, the changelog cleans itself: with each commit some cold rows are written again (a round). When a round has gone through
 * the whole table, everything before its start is superseded and truncated. So a restore reads at most about three tables,
 * and no snapshot ever stops the stream.
 */
import type { NewRecord } from "@assay/log"
import type { AnyStage } from "@assay/trust"
import { encodeProgress, PROGRESS_KEY, type Progress } from "./progress.ts"
import { codecOf } from "./rows.ts"
import type { Row, StateTable } from "./table.ts"

/** The record that holds the runner's own state (knowledge in force, operators' sequence numbers). */
export const RUNNER_KEY = "\u0001runner"

const NONE = 0xffffffff
const ORDER_BYTES = 6
/** Rows that a roll may look at for each row that it may write. */
const LOOKS_PER_WRITE = 8
const EMPTY = new Uint8Array(0)

/** Rows are written one behind the other into memory of this size, of which each record is a part; it is never written twice. */
const SLAB_BYTES = 1 << 18
let slab = Buffer.alloc(0)
let filled = 0

const room = (size: number): Buffer => {
  if (filled + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(size, SLAB_BYTES))
    filled = 0
  }
  filled += size
  return slab.subarray(filled - size, filled)
}

export const encodeRow = (stages: ReadonlyArray<AnyStage>, key: string, row: Row | undefined): Uint8Array => {
  if (row === undefined) return EMPTY
  let size = 2
  for (let slot = 0; slot < stages.length; slot++) {
    const state = row.slots[slot]
    size += 4 + (state === undefined ? 0 : codecOf(stages[slot]!, key)!.sizeOf(state))
  }
  if (row.order !== null) size += ORDER_BYTES * stages.length
  const value = room(size)
  value[0] = 1
  value[1] = row.admitted
  let at = 2
  for (let slot = 0; slot < stages.length; slot++) {
    const state = row.slots[slot]
    const start = at + 4
    if (state === undefined) value.writeUInt32BE(NONE, at)
    else {
      const codec = codecOf(stages[slot]!, key)!
      const length = codec.sizeOf(state)
      value.writeUInt32BE(length, at)
      codec.write(state, value, start)
      at += length
    }
    at += 4
  }
  if (row.order === null) return value
  for (const place of row.order) at = value.writeUIntBE(place, at, ORDER_BYTES)
  return value
}

/**
 * The row, whose states may be read where they lie in `value`: for as long as that stays.
 * @throws Error where the value is of another version or broken: the data directory must then not be used
 */
export const decodeRow = (stages: ReadonlyArray<AnyStage>, key: string, value: Uint8Array): Row | null => {
  if (value.length === 0) return null
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  if (bytes[0] !== 1)
    throw new Error(
      `state changelog of version ${bytes[0]}: this Assay reads version 1; replay into a new data directory`,
    )
  const slots: Array<unknown> = []
  let at = 2
  for (const stage of stages) {
    const length = bytes.readUInt32BE(at)
    at += 4
    if (length === NONE) {
      slots.push(undefined)
      continue
    }
    const codec = codecOf(stage, key)
    if (codec === undefined) throw new Error(`${stage.name} keeps no state for the whole partition`)
    // Where the row ends too early, so does the state: its codec says so.
    slots.push(codec.checkedView?.(bytes, at, length) ?? codec.decode(bytes.subarray(at, at + length)))
    at += length
  }
  let order: Array<number> | null = null
  if (at < bytes.length) {
    order = stages.map((_, slot) => bytes.readUIntBE(at + slot * ORDER_BYTES, ORDER_BYTES))
    at += ORDER_BYTES * stages.length
  }
  if (at !== bytes.length) throw new Error(`${bytes.length} bytes, where the row takes ${at}`)
  return { admitted: bytes[1]!, slots, order }
}

interface Taken {
  readonly records: ReadonlyArray<NewRecord>
  readonly truncateBefore: number | null
}

/** What the writer goes on from. */
export interface ChangelogState {
  readonly table: StateTable
  /** As the changelog has it; null where it has none. */
  readonly progress: Progress | null
  /** The changelog's end when the table was restored: the first round starts there. */
  readonly end: number
}

/** Where a writer is. */
interface Place {
  readonly written: Progress | null
  readonly roundStart: number
  readonly roundNumber: number
  readonly next: number
  readonly owed: number
}

/** Produces the changelog records of each commit, with the rolling round. */
export class ChangelogWriter {
  private readonly table: StateTable
  private readonly compacts: boolean
  private written: Progress | null
  private roundStart: number
  private roundNumber = 0
  /** The number of the row that the round looks at next. */
  private next = 0
  /** Records for which no cold row was written yet. */
  private owed = 0
  /** Where it was before the last `take`; null where nothing was taken since `committed`. */
  private before: Place | null = null

  /** @param compacts the engine forgets overwritten records by itself: nothing is written anew, nothing truncated */
  constructor({ table, progress, end }: ChangelogState, compacts: boolean) {
    this.table = table
    this.compacts = compacts
    this.written = progress
    this.roundStart = end
  }

  /**
   * The records of this batch, and below which offset older ones may go once they are durable.
   * @param runner the runner's own state; written when it changed, and once in each round, as is
   * @param progress how far this commit brings it
   */
  take(runner: { readonly changed: boolean; encode(): Uint8Array }, progress: Progress): Taken {
    const { written, roundStart, roundNumber, next, owed } = this
    this.before = { written, roundStart, roundNumber, next, owed }
    const dirty = this.table.takeDirty()
    const records: Array<NewRecord> = []
    for (const device of dirty) records.push(this.recordOf(device))
    const moved = this.written?.next !== progress.next || this.written.lastTime !== progress.lastTime
    const changed = dirty.length + (moved ? 1 : 0)
    const truncateBefore = changed === 0 || this.compacts ? null : this.roll(changed, records)
    const again = truncateBefore !== null
    if (runner.changed || again) records.push({ key: Buffer.from(RUNNER_KEY), value: runner.encode() })
    if (moved || again) records.push({ key: Buffer.from(PROGRESS_KEY), value: encodeProgress(progress) })
    this.written = { next: progress.next, lastTime: progress.lastTime }
    return { records, truncateBefore }
  }

  /** Whether a new round waits to learn where it starts. */
  get needsEnd(): boolean {
    return this.roundStart === -1
  }

  /** What was taken is durable. */
  committed(): void {
    this.before = null
  }

  /** What was taken never came to be: it is as it was before. The table is put back as well (`StateTable.rollBack`). */
  rollBack(): void {
    if (this.before !== null) Object.assign(this, this.before)
    this.before = null
  }

  /** The new round starts here: at the offset that follows the last record of the changelog. */
  beginRound(end: number): void {
    this.roundStart = end
  }

  private roll(changed: number, records: Array<NewRecord>): number | null {
    if (this.roundStart === -1) return null
    // A cold row for each two records. What is left over counts next time: else a batch of one message wrote more cold rows than hot ones.
    this.owed += changed
    let writes = this.owed >> 1
    this.owed &= 1
    // Looking costs little, but not nothing: a batch must not walk through a million busy rows at once.
    for (let looks = LOOKS_PER_WRITE * writes; looks > 0 && writes > 0; looks--) {
      if (this.next >= this.table.end) return this.closeRound()
      const device = this.table.keyAt(this.next++)
      // Changed since the round began: it stands behind its start already.
      if (device === null || this.table.roundOf(device) === this.roundNumber) continue
      records.push(this.recordOf(device))
      writes--
    }
    return null
  }

  private closeRound(): number {
    const before = this.roundStart
    this.roundStart = -1
    this.roundNumber++
    this.next = 0
    return before
  }

  private recordOf(device: string): NewRecord {
    const row = this.table.rowOf(device)
    const key = Buffer.from(device)
    if (row === undefined) return { key, value: EMPTY, absent: { value: true } }
    this.table.setRound(device, this.roundNumber)
    return { key, value: encodeRow(this.table.stages, device, row) }
  }
}
