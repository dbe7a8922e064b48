/** Median and median absolute deviation (Huber 1981): fewer than half of the numbers cannot move either beyond the others. */

/** @param sorted at least one, ascending */
const middle = (sorted: ReadonlyArray<number>): number => {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

const ascending = (a: number, b: number): number => a - b

/** @param values at least one */
export const medianOf = (values: ReadonlyArray<number>): number => middle(values.toSorted(ascending))

/** The median distance from the median. @param values at least one */
export const spreadOf = (values: ReadonlyArray<number>, median: number): number =>
  middle(values.map((value) => Math.abs(value - median)).sort(ascending))
