/** Bytes, and a view over the same memory. */
export interface Open {
  bytes: Buffer
  view: DataView
}

/** Reads a count or length of so many bytes. */
export const countOf = (view: DataView, at: number, size: 1 | 2 | 4): number =>
  size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
