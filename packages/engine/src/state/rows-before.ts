/**
 * What the rows that a batch changes were before it, so that they can be put back (`Rows.rollBack`). Only integers are kept: the
 * bytes of a state stay where they lie, since the first write in a batch takes another block.
 */

const FIRST_ENTRIES = 64
const FIRST_ROWS = 16
/** Of the head of an entry: the row, its round, the bit per slot that admits and how the row came to be. */
const HEAD = 3
/** How a row came to be that was not there: with a number of its own, or with that of a row that is gone. */
export const NEW_NUMBER = 1 << 8
export const OLD_NUMBER = 1 << 9
const ADMITTED = NEW_NUMBER - 1

/** Entries by the order of the rows' first change. */
export class RowsBefore {
  /** One after the other for each entry: the addresses and sizes of the row's states, as `Rows` has them. */
  places: Uint32Array<ArrayBuffer>
  private readonly width: number
  private heads = new Int32Array(FIRST_ENTRIES * HEAD)
  private entries = 0
  /** By row: the number of its entry, and 1; 0 where it has none. */
  private numbers = new Uint32Array(FIRST_ROWS)

  /** @param width addresses and sizes of a row together */
  constructor(width: number) {
    this.width = width
    this.places = new Uint32Array(FIRST_ENTRIES * width)
  }

  /** How many rows were changed. */
  get count(): number {
    return this.entries
  }

  has(row: number): boolean {
    return row < this.numbers.length && this.numbers[row] !== 0
  }

  /**
   * Makes the row's entry.
   * @param came `NEW_NUMBER`, `OLD_NUMBER`, or 0 for a row that was there
   * @param places of all rows
   */
  add(row: number, round: number, admitted: number, came: number, places: Uint32Array): void {
    if (row >= this.numbers.length) {
      const grown = new Uint32Array(Math.max(row + 1, 2 * this.numbers.length))
      grown.set(this.numbers)
      this.numbers = grown
    }
    if (this.entries * HEAD === this.heads.length) this.grow()
    const head = this.entries * HEAD
    this.heads[head] = row
    this.heads[head + 1] = round
    this.heads[head + 2] = admitted | came
    const from = row * this.width
    const to = this.entries * this.width
    for (let at = 0; at < this.width; at++) this.places[to + at] = places[from + at]!
    this.numbers[row] = ++this.entries
  }

  /** Whether the block is that of the state which a row with an entry had before. */
  isBlock(slot: number, row: number, address: number): boolean {
    return this.places[(this.numbers[row]! - 1) * this.width + 2 * slot] === address
  }

  rowOf(entry: number): number {
    return this.heads[entry * HEAD]!
  }

  roundOf(entry: number): number {
    return this.heads[entry * HEAD + 1]!
  }

  admittedOf(entry: number): number {
    return this.heads[entry * HEAD + 2]! & ADMITTED
  }

  cameOf(entry: number): number {
    return this.heads[entry * HEAD + 2]! & ~ADMITTED
  }

  /** Where in `places` those of the entry begin. */
  placesOf(entry: number): number {
    return entry * this.width
  }

  clear(): void {
    for (let entry = 0; entry < this.entries; entry++) this.numbers[this.rowOf(entry)] = 0
    this.entries = 0
  }

  private grow(): void {
    const heads = new Int32Array(2 * this.heads.length)
    heads.set(this.heads)
    this.heads = heads
    const places = new Uint32Array(2 * this.places.length)
    places.set(this.places)
    this.places = places
  }
}
