/** Bytes, and a view over the same memory. */
export interface Open {
  bytes: Buffer
  view: DataView
}

/** Where the bytes of a state lie: in a string, one to a character, or from `_at` on in `_from`. */
export interface Stored {
  readonly sealed: string | null
  readonly _from: Buffer | null
  readonly _at: number
  readonly _size: number
}

/** Reads a count or length of so many bytes. */
export const countOf = (view: DataView, at: number, size: 1 | 2 | 4): number =>
  size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
