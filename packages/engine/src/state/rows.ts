/**
 * The rows of a table: one per key, with one stored state per slot. What a row consists of lies in integer arrays by its
 * number, and the bytes of its states in slabs, so that a device costs the collector no more than its name. Numbers of rows
 * that are gone are taken again.
 */
import { ITEM_PREFIX } from "@assay/knowledge"
import type { AnyStage, StateCodec } from "@assay/trust"
import { NEW_NUMBER, OLD_NUMBER, RowsBefore } from "./rows-before.ts"
import { Slabs } from "./slabs.ts"

/** The key of the row that holds what concerns the whole partition (`Stage.shared`). Never a DID, and no stage can name it. */
export const PARTITION_KEY = ""

/**
 * Whether a row is an item of knowledge about one device: bytes of its own in the first slot, and none of a stage's. No deadline,
 * no admission and no pool of strangers concerns it.
 */
export const isItemKey = (key: string): boolean => key.startsWith(ITEM_PREFIX)

/** An item as it lies in its row: what it means, the track knows. */
const ITEM: StateCodec<Uint8Array> = {
  sizeOf: (item) => item.length,
  write: (item, to, at) => {
    to.set(item, at)
  },
  decode: (bytes) => bytes,
  view: (bytes, at, length) => bytes.subarray(at, at + length),
  checkedView: (bytes, at, length) => {
    if (at + length > bytes.length) throw new RangeError("an item of knowledge ends too early")
    return bytes.subarray(at, at + length)
  },
}

/** How a stage's part of a row is stored; undefined where it keeps no state for the whole partition. */
export const codecOf = (stage: AnyStage, key: string): StateCodec<unknown> | undefined =>
  key === PARTITION_KEY ? stage.shared : isItemKey(key) ? (ITEM as StateCodec<unknown>) : stage.state

const FIRST_ROOM = 16
const NOTHING = 0

export class Rows {
  private stages: ReadonlyArray<AnyStage>
  private readonly slabs = new Slabs()
  private readonly numbers = new Map<string, number>()
  private readonly names: Array<string> = []
  private readonly freeNumbers: Array<number> = []
  /** How many `places` a row has. */
  private readonly width: number
  /** By row and slot: the address of the state, 0 where there is none, and its bytes. */
  private places: Uint32Array<ArrayBuffer>
  /** Bit per slot. */
  private admissions = new Uint8Array(FIRST_ROOM)
  /** Of the changelog; see `ChangelogWriter`. */
  private rounds = new Int32Array(FIRST_ROOM)
  /** Rows that hold nothing any more and still have their number. */
  private empty = 0
  /** What the rows were after the last `committed`; null where nothing is to be put back. */
  private before: RowsBefore | null = null

  constructor(stages: ReadonlyArray<AnyStage>) {
    this.stages = stages
    this.width = 2 * stages.length
    this.places = new Uint32Array(FIRST_ROOM * this.width)
  }

  /** Other stages of the same names, which store alike. */
  useStages(stages: ReadonlyArray<AnyStage>): void {
    this.stages = stages
  }

  /** From here on what the rows are can be put back. */
  keepBefore(): void {
    this.before ??= new RowsBefore(this.width)
  }

  /** Rows changed since the last `committed`, in order of their first change. */
  changed(): ReadonlyArray<number> {
    const { before } = this
    return before === null ? [] : Array.from({ length: before.count }, (_, entry) => before.rowOf(entry))
  }

  /** What the rows are now is what they are put back to. */
  committed(): void {
    const { before } = this
    if (before === null) return
    for (let entry = 0; entry < before.count; entry++) {
      const from = before.placesOf(entry)
      const to = before.rowOf(entry) * this.width
      for (let at = 0; at < this.width; at += 2) {
        const address = before.places[from + at]!
        if (address !== NOTHING && address !== this.places[to + at])
          this.slabs.give(address, before.places[from + at + 1]!)
      }
    }
    before.clear()
  }

  /** Puts the rows back to what they were at the last `committed`. No row may have been closed since. */
  rollBack(): void {
    const { before } = this
    if (before === null) throw new Error("nothing was kept of what the rows were before")
    // Backwards, so that numbers are given back in the order in which they would be taken again.
    for (let entry = before.count - 1; entry >= 0; entry--) {
      const row = before.rowOf(entry)
      const from = before.placesOf(entry)
      const to = row * this.width
      for (let at = 0; at < this.width; at += 2) {
        const address = this.places[to + at]!
        if (address !== NOTHING && address !== before.places[from + at])
          this.slabs.give(address, this.places[to + at + 1]!)
        this.places[to + at] = before.places[from + at]!
        this.places[to + at + 1] = before.places[from + at + 1]!
      }
      this.admissions[row] = before.admittedOf(entry)
      this.rounds[row] = before.roundOf(entry)
      const came = before.cameOf(entry)
      if (came === 0) continue
      this.numbers.delete(this.names[row]!)
      if (came === NEW_NUMBER) this.names.pop()
      else this.leave(row)
    }
    before.clear()
    // Whoever commits has closed them all.
    this.empty = 0
  }

  /** Memory of all states, in bytes, what is free of it included. */
  get bytes(): number {
    return this.slabs.bytes
  }

  /** How many rows hold something. */
  get size(): number {
    return this.numbers.size - this.empty
  }

  /** Every number ever given is below it. */
  get end(): number {
    return this.names.length
  }

  /** The row's number, also where it holds nothing any more; -1 where it has none. */
  find(key: string): number {
    return this.numbers.get(key) ?? -1
  }

  /** The row's number; that of a new row, which the caller must fill, where there was none. */
  open(key: string): number {
    const known = this.numbers.get(key)
    if (known !== undefined) {
      this.note(known)
      if (this.isEmpty(known)) this.empty--
      return known
    }
    const again = this.freeNumbers.pop()
    const row = again ?? this.names.length
    if (row >= this.admissions.length) this.grow()
    this.numbers.set(key, row)
    this.names[row] = key
    this.admissions[row] = 0
    this.rounds[row] = -1
    this.note(row, again === undefined ? NEW_NUMBER : OLD_NUMBER)
    return row
  }

  /** To be called when a part of the row was taken away: where that was the last one, the row counts no more. */
  thinned(row: number): void {
    if (this.isEmpty(row)) this.empty++
  }

  /** Takes the row's number away; it must hold nothing. */
  close(row: number): void {
    this.numbers.delete(this.names[row]!)
    this.leave(row)
    this.empty--
  }

  private leave(row: number): void {
    this.names[row] = GONE
    this.freeNumbers.push(row)
  }

  /** To be called before each change. @param came as of `RowsBefore.add` */
  private note(row: number, came = 0): void {
    const { before } = this
    if (before === null || before.has(row)) return
    before.add(row, this.rounds[row]!, this.admissions[row]!, came, this.places)
  }

  /** Whether the block must stay as it is: the row may be put back to it. */
  private isKept(slot: number, row: number, address: number): boolean {
    return this.before?.isBlock(slot, row, address) === true
  }

  isEmpty(row: number): boolean {
    if (this.admissions[row] !== 0) return false
    const end = (row + 1) * this.width
    for (let at = row * this.width; at < end; at += 2) if (this.places[at] !== NOTHING) return false
    return true
  }

  nameOf(row: number): string {
    return this.names[row]!
  }

  /** Whether the number is that of a row which holds something. */
  isUsed(row: number): boolean {
    return this.names[row] !== GONE && !this.isEmpty(row)
  }

  /** Bit per slot: each stage admits at the admission entry as it comes to it. */
  admittedOf(row: number): number {
    return this.admissions[row]!
  }

  setAdmitted(row: number, admitted: number): void {
    this.note(row)
    this.admissions[row] = admitted
  }

  roundOf(row: number): number {
    return this.rounds[row]!
  }

  setRound(row: number, round: number): void {
    this.note(row)
    this.rounds[row] = round
  }

  hasState(slot: number, row: number): boolean {
    return this.places[row * this.width + 2 * slot] !== NOTHING
  }

  /** The state in its place: it must not be kept, for the next one is written there. */
  stateOf(slot: number, row: number): unknown {
    const at = row * this.width + 2 * slot
    const address = this.places[at]!
    if (address === NOTHING) return undefined
    const codec = codecOf(this.stages[slot]!, this.names[row]!)!
    const bytes = this.slabs.bytesOf(address)
    const place = this.slabs.placeOf(address)
    const length = this.places[at + 1]!
    return codec.view === undefined
      ? codec.decode(bytes.subarray(place, place + length))
      : codec.view(bytes, place, length)
  }

  /** Copies the state's bytes into the row, which was opened for it. */
  setState(slot: number, row: number, state: unknown): void {
    const at = row * this.width + 2 * slot
    const stage = this.stages[slot]!
    const codec = codecOf(stage, this.names[row]!)
    if (codec === undefined) throw new Error(`${stage.name} keeps no state for the whole partition`)
    const length = codec.sizeOf(state)
    const before = this.places[at]!
    const size = this.places[at + 1]!
    const isOurs = before !== NOTHING && !this.isKept(slot, row, before)
    const address = isOurs && this.slabs.fits(size, length) ? before : this.slabs.take(length)
    codec.write(state, this.slabs.bytesOf(address), this.slabs.placeOf(address))
    // Only now: the state may be read from the very block that goes.
    if (isOurs && before !== address) this.slabs.give(before, size)
    this.places[at] = address
    this.places[at + 1] = length
  }

  dropState(slot: number, row: number): void {
    const at = row * this.width + 2 * slot
    const address = this.places[at]!
    if (address === NOTHING) return
    this.note(row)
    if (!this.isKept(slot, row, address)) this.slabs.give(address, this.places[at + 1]!)
    this.places[at] = NOTHING
    this.places[at + 1] = 0
  }

  private grow(): void {
    const room = 2 * this.admissions.length
    this.places = grown(this.places, new Uint32Array(room * this.width))
    this.admissions = grown(this.admissions, new Uint8Array(room))
    this.rounds = grown(this.rounds, new Int32Array(room))
  }
}

/** In the place of the name of a number that is free. No key is this one: keys are DIDs, or begin with what they are of. */
const GONE = "\u0000"

const grown = <A extends Uint8Array | Uint32Array | Int32Array>(from: A, to: A): A => {
  to.set(from)
  return to
}
