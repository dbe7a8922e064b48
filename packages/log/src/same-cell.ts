/** Whether two values of a cell are the same; null is a cell that is not there. */
export const sameCell = (a: Uint8Array | null, b: Uint8Array | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0
