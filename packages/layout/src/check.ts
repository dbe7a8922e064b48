/** Whether stored bytes are a sealed record of a layout. */
import { DamagedState, type Fault } from "./errors.ts"
import type { Group, PlacedScalar, Tail } from "./field-places.ts"
import { countOf, type Open } from "./sealed-form.ts"

/** One check of stored bytes. It asks for no memory that grows with what they claim. */
export class Check {
  private readonly layout: string
  private readonly bytes: Buffer
  private readonly length: number
  private readonly view: DataView

  /** @param length how many of the bytes are meant, from the first on */
  constructor(layout: string, { bytes, view }: Open, length: number) {
    this.layout = layout
    this.bytes = bytes
    this.view = view
    this.length = length
  }

  /**
   * @param versions that are known; the first is the record's
   * @throws DamagedState for bytes that no state of this version has
   */
  record(record: Group, versions: ReadonlyArray<number>): void {
    const found = this.length === 0 ? undefined : this.bytes[0]
    if (found !== versions[0]) {
      const known = versions.length === 1 ? `${versions[0]} is` : `${versions.join(", ")} are`
      throw this.damaged("version", `version ${found}, where only ${known} known`)
    }
    const end = this.group(record, 0)
    if (this.length > end) throw this.damaged("oversize", `${this.length} bytes, of which it takes ${end}`)
  }

  /** Returns where the group ends that begins at `start`. */
  private group({ headBytes, doubtful, arrays, tails }: Group, start: number): number {
    let end = this.room(start, headBytes)
    for (const one of doubtful) this.scalar(one, start, one.name)
    for (const { name, at, max, item } of arrays)
      if (item.doubtful.length > 0)
        for (let i = 0; i < max; i++)
          for (const one of item.doubtful) this.scalar(one, start + at + i * item.headBytes, name)
    for (const tail of tails) end = this.tail(tail, countOf(this.view, start + tail.countAt, tail.countBytes), end)
    return end
  }

  private tail({ name, max, unit, variable, item }: Tail, count: number, start: number): number {
    if (count > max) throw this.damaged("oversize", `${count} ${name}, where ${max} is the most`)
    let end = unit === null ? start : this.room(start, count * unit)
    if (variable !== null) {
      const fault = variable.fault(this.view, this.bytes, start, count)
      if (fault !== null) throw this.damaged("value", `${name} at ${start} ${fault}`)
    } else if (unit === null) for (let left = count; left > 0; left--) end = this.group(item!, end)
    else if (item!.doubtful.length > 0)
      for (let at = start; at < end; at += unit) for (const one of item!.doubtful) this.scalar(one, at, name)
    return end
  }

  private scalar({ scalar, at }: PlacedScalar, start: number, field: string): void {
    if (!scalar.valid(this.view, this.bytes, start + at))
      throw this.damaged("value", `bytes of ${field} at ${start + at} that no value has`)
  }

  private room(start: number, size: number): number {
    const end = start + size
    if (end > this.length) throw this.damaged("truncated", `cut off at ${this.length} bytes, of at least ${end}`)
    return end
  }

  private damaged(fault: Fault, detail: string): DamagedState {
    return new DamagedState(this.layout, fault, detail)
  }
}
