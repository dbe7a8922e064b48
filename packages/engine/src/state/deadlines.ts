/**
 * When rows want to see a tick: a binary heap of rows by (time, name) in integer arrays, with the place of each row beside it,
 * so that a row's time is moved where it is. A look at the first few costs as much as those few, however many are due.
 */

/** Room for so many rows at first; it doubles. */
const FIRST_ROOM = 16

export class Deadlines {
  private readonly nameOf: (row: number) => string
  /** By place in the heap. */
  private heap = new Uint32Array(FIRST_ROOM)
  private count = 0
  /** By row. */
  private times = new Float64Array(FIRST_ROOM)
  /** By row: its place in the heap and 1; 0 where it has no deadline. */
  private places = new Uint32Array(FIRST_ROOM)

  /** @param nameOf rows of one time come in the order of their names, which must not change while they are here */
  constructor(nameOf: (row: number) => string) {
    this.nameOf = nameOf
  }

  get size(): number {
    return this.count
  }

  /** The row is due at `time`, whatever was said of it before. */
  set(row: number, time: number): void {
    if (row >= this.times.length) this.grow(row)
    const place = this.places[row]!
    if (place === 0) {
      if (this.count === this.heap.length) this.heap = grown(this.heap, new Uint32Array(2 * this.count))
      this.times[row] = time
      this.put(this.count++, row)
      this.up(this.count - 1)
      return
    }
    const before = this.times[row]!
    this.times[row] = time
    if (time < before) this.up(place - 1)
    else if (time > before) this.down(place - 1)
  }

  /** The row has no deadline. */
  remove(row: number): void {
    const place = row < this.places.length ? this.places[row]! : 0
    if (place === 0) return
    this.places[row] = 0
    const last = this.heap[--this.count]!
    if (last === row) return
    this.put(place - 1, last)
    this.up(place - 1)
    this.down(this.places[last]! - 1)
  }

  /** The first rows due at or before `time`, at most `limit`, in their order. They stay. */
  first(time: number, limit: number): ReadonlyArray<number> {
    const found: Array<number> = []
    // Places whose rows may be next: each is below one that was found. The earliest is looked for among these alone.
    const open: Array<number> = this.count === 0 ? [] : [0]
    while (open.length > 0 && found.length < limit) {
      const place = this.takeFirst(open)
      const row = this.heap[place]!
      if (this.times[row]! > time) break
      found.push(row)
      for (const below of [2 * place + 1, 2 * place + 2]) if (below < this.count) this.addTo(open, below)
    }
    return found
  }

  private isBefore(a: number, b: number): boolean {
    const difference = this.times[a]! - this.times[b]!
    return difference === 0 ? this.nameOf(a) < this.nameOf(b) : difference < 0
  }

  private put(place: number, row: number): void {
    this.heap[place] = row
    this.places[row] = place + 1
  }

  private up(from: number): void {
    const row = this.heap[from]!
    let place = from
    while (place > 0) {
      const above = (place - 1) >>> 1
      if (!this.isBefore(row, this.heap[above]!)) break
      this.put(place, this.heap[above]!)
      place = above
    }
    this.put(place, row)
  }

  private down(from: number): void {
    const row = this.heap[from]!
    let place = from
    for (;;) {
      let below = 2 * place + 1
      if (below >= this.count) break
      if (below + 1 < this.count && this.isBefore(this.heap[below + 1]!, this.heap[below]!)) below++
      if (!this.isBefore(this.heap[below]!, row)) break
      this.put(place, this.heap[below]!)
      place = below
    }
    this.put(place, row)
  }

  /** `open` is a heap of places, by their rows. */
  private addTo(open: Array<number>, place: number): void {
    let at = open.push(place) - 1
    while (at > 0) {
      const above = (at - 1) >>> 1
      if (!this.isBefore(this.heap[place]!, this.heap[open[above]!]!)) break
      open[at] = open[above]!
      at = above
    }
    open[at] = place
  }

  private takeFirst(open: Array<number>): number {
    const first = open[0]!
    const last = open.pop()!
    if (open.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= open.length) break
      if (below + 1 < open.length && this.isBefore(this.heap[open[below + 1]!]!, this.heap[open[below]!]!)) below++
      if (!this.isBefore(this.heap[open[below]!]!, this.heap[last]!)) break
      open[at] = open[below]!
      at = below
    }
    open[at] = last
    return first
  }

  private grow(row: number): void {
    const room = Math.max(row + 1, 2 * this.times.length)
    this.times = grown(this.times, new Float64Array(room))
    this.places = grown(this.places, new Uint32Array(room))
  }
}

const grown = <A extends Uint32Array | Float64Array>(from: A, to: A): A => {
  to.set(from)
  return to
}
