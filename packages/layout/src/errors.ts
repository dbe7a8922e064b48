/** What can be wrong with stored bytes, and with a value that is to be stored. */

/**
 * `version`: another version of the layout, or none; `truncated`: the bytes end too early; `oversize`: more bytes, or
 * more items, than the layout allows; `value`: bytes in a field that no value has.
 */
export type Fault = "version" | "truncated" | "oversize" | "value"

/** Bytes that are no state of their layout: the data directory is damaged, or another version wrote it. */
export class DamagedState extends Error {
  override readonly name = "DamagedState"
  readonly code = "damaged"
  readonly fault: Fault

  constructor(layout: string, fault: Fault, detail: string) {
    super(`${layout}: ${detail}`)
    this.fault = fault
  }
}

/** A value that its field cannot hold. It is thrown where the value is written, so that it is never stored. */
export const outOfRange = (kind: string, value: unknown): RangeError =>
  new RangeError(`${String(value).slice(0, 64)} is not ${kind}`)
