/**
 * Memory for the stored states of a table, outside of the JavaScript heap: the collector neither looks into it nor moves it.
 *
 * Slabs of up to 512 KiB. A block is named by its address: the number of its slab in the upper 16 bits, its place there in
 * units of 8 bytes in the lower. A freed block waits for the next one of its size class: up to 1 KiB every unit is one, above
 * there are eight for each doubling. What is larger than a slab has one of its own, which goes when it is freed.
 */

const UNIT_BITS = 3
const UNIT = 1 << UNIT_BITS
const UNITS_IN_SLAB = 1 << 16
/** The first slabs are smaller: most tables of a test, and of a small deployment, hold little. */
const SLAB_BYTES = [1 << 16, 1 << 17, UNITS_IN_SLAB * UNIT]
/** Up to here a class for every unit. */
const EXACT_UNITS = 128
const EXACT_LOG2 = 7
const STEPS = 8

/** How many units a block of so many bytes takes. */
const unitsFor = (bytes: number): number => {
  const units = Math.max(1, (bytes + UNIT - 1) >>> UNIT_BITS)
  if (units <= EXACT_UNITS) return units
  const step = 2 ** (Math.floor(Math.log2(units)) - 3)
  return Math.ceil(units / step) * step
}

const classOf = (units: number): number => {
  if (units <= EXACT_UNITS) return units
  const log2 = Math.floor(Math.log2(units))
  return EXACT_UNITS + (log2 - EXACT_LOG2) * STEPS + units / 2 ** (log2 - 3) - STEPS
}

export class Slabs {
  private readonly slabs: Array<Buffer> = []
  /** Numbers of slabs that held one large block and are free. */
  private readonly freeSlabs: Array<number> = []
  /** Addresses of freed blocks, by class. */
  private readonly free: Array<Array<number>> = []
  /** The slab that is being filled, and how many of its units are. Address 0 is nobody's. */
  private filling = this.open(SLAB_BYTES[0]!)
  private filled = 1

  /** Takes a block for `bytes`; what lies in it is undefined. @throws RangeError where 32 GiB are in use */
  take(bytes: number): number {
    const units = unitsFor(bytes)
    if (units > UNITS_IN_SLAB) return this.open(units * UNIT) * UNITS_IN_SLAB
    const again = this.free[classOf(units)]?.pop()
    if (again !== undefined) return again
    if ((this.filled + units) * UNIT > this.slabs[this.filling]!.length) {
      let size = SLAB_BYTES[Math.min(this.slabs.length, SLAB_BYTES.length - 1)]!
      if (units * UNIT > size) size = UNITS_IN_SLAB * UNIT
      this.filling = this.open(size)
      this.filled = 0
    }
    const address = this.filling * UNITS_IN_SLAB + this.filled
    this.filled += units
    return address
  }

  /** Gives back a block that was taken for `bytes`. */
  give(address: number, bytes: number): void {
    const units = unitsFor(bytes)
    if (units > UNITS_IN_SLAB) {
      const slab = address / UNITS_IN_SLAB
      this.slabs[slab] = NOTHING
      this.freeSlabs.push(slab)
      return
    }
    const place = classOf(units)
    const same = this.free[place]
    if (same === undefined) this.free[place] = [address]
    else same.push(address)
  }

  /** Whether a block that was taken for `before` bytes has room for exactly the same class of `after` bytes. */
  fits(before: number, after: number): boolean {
    return unitsFor(before) === unitsFor(after)
  }

  /** The memory that the block lies in, from {@link placeOf} on. */
  bytesOf(address: number): Buffer {
    return this.slabs[address >>> 16]!
  }

  placeOf(address: number): number {
    return (address & (UNITS_IN_SLAB - 1)) << UNIT_BITS
  }

  /** Bytes of all slabs. */
  get bytes(): number {
    return this.slabs.reduce((sum, slab) => sum + slab.length, 0)
  }

  /** Takes memory of its own, not from Buffer's pool. */
  private open(bytes: number): number {
    const again = this.freeSlabs.pop()
    const slab = again ?? this.slabs.length
    if (slab >= UNITS_IN_SLAB) throw new RangeError("states take more than 32 GiB in one partition")
    this.slabs[slab] = Buffer.allocUnsafeSlow(bytes)
    return slab
  }
}

const NOTHING = Buffer.alloc(0)
