/**
 * What the rows that a batch changes were before it, so that they can be put back (`Rows.rollBack`). Only integers are kept: the
 * bytes of a state stay where they lie, since the first write in a batch takes another block.
 *
 * An entry for each row, in the order of their first change:
 *   row | round | bit per slot that admits, and how the row came to be | for each slot: address, size
 */

const FIRST_ENTRIES = 64
const FIRST_ROWS = 16
/** Before the slots. */
const HEAD = 3
/** How a row came to be that was not there: with a number of its own, or with that of a row that is gone. */
export const NEW_NUMBER = 1 << 8
export const OLD_NUMBER = 1 << 9
const ADMITTED = NEW_NUMBER - 1

export class RowsBefore {
  private readonly width: number
  private entries: Uint32Array
  private filled = 0
  /** By row: where its entry begins, and 1; 0 where it has none. */
  private begins = new Uint32Array(FIRST_ROWS)

  constructor(slots: number) {
    this.width = HEAD + 2 * slots
    this.entries = new Uint32Array(FIRST_ENTRIES * this.width)
  }

  /** How many rows were changed. */
  get count(): number {
    return this.filled / this.width
  }

  has(row: number): boolean {
    return row < this.begins.length && this.begins[row] !== 0
  }

  /** Makes the row's entry; the parts of its slots are to be set. @param came `NEW_NUMBER`, `OLD_NUMBER`, or 0 for a row that was there */
  add(row: number, round: number, admitted: number, came: number): void {
    if (this.filled === this.entries.length) this.entries = grown(this.entries, 2 * this.filled)
    if (row >= this.begins.length) this.begins = grown(this.begins, Math.max(row + 1, 2 * this.begins.length))
    const at = this.filled
    this.filled += this.width
    this.begins[row] = at + 1
    this.entries[at] = row
    this.entries[at + 1] = round
    this.entries[at + 2] = admitted | came
  }

  /** For the row added last. */
  setSlot(slot: number, address: number, size: number): void {
    const at = this.filled - this.width + HEAD + 2 * slot
    this.entries[at] = address
    this.entries[at + 1] = size
  }

  /** Whether the block is that of the state which the row had before. */
  isBlock(slot: number, row: number, address: number): boolean {
    return this.entries[this.begins[row]! - 1 + HEAD + 2 * slot] === address
  }

  rowOf(entry: number): number {
    return this.entries[entry * this.width]!
  }

  roundOf(entry: number): number {
    return this.entries[entry * this.width + 1]! | 0
  }

  admittedOf(entry: number): number {
    return this.entries[entry * this.width + 2]! & ADMITTED
  }

  cameOf(entry: number): number {
    return this.entries[entry * this.width + 2]! & ~ADMITTED
  }

  addressOf(entry: number, slot: number): number {
    return this.entries[entry * this.width + HEAD + 2 * slot]!
  }

  sizeOf(entry: number, slot: number): number {
    return this.entries[entry * this.width + HEAD + 2 * slot + 1]!
  }

  clear(): void {
    for (let at = 0; at < this.filled; at += this.width) this.begins[this.entries[at]!] = 0
    this.filled = 0
  }
}

const grown = (from: Uint32Array, length: number): Uint32Array<ArrayBuffer> => {
  const to = new Uint32Array(length)
  to.set(from)
  return to
}
