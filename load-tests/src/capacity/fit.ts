/** From what some runs cost to what a message, a commit, a second and a partition's second cost: least squares, and no cost below 0. */
import type { Linear } from "@assay/cli/capacity"

/** What happened in a run, and what it cost. */
export interface Point {
  readonly messages: number
  readonly commits: number
  /** Seconds of all processes, or of all partitions, together. */
  readonly idle: number
  /** Seconds of all partitions together, where they cost something by themselves; 0 else. */
  readonly partition: number
  readonly cost: number
}

/** Which costs there may be, by their places in a row. */
type Place = 0 | 1 | 2 | 3

/** Solves A x = b by elimination with pivots; null where A is singular. */
const solve = (matrix: ReadonlyArray<ReadonlyArray<number>>, right: ReadonlyArray<number>): Array<number> | null => {
  const size = right.length
  const rows = matrix.map((row, nth) => [...row, right[nth]!])
  for (let at = 0; at < size; at++) {
    let pivot = at
    for (let row = at + 1; row < size; row++) if (Math.abs(rows[row]![at]!) > Math.abs(rows[pivot]![at]!)) pivot = row
    ;[rows[at], rows[pivot]] = [rows[pivot]!, rows[at]!]
    const head = rows[at]![at]!
    if (Math.abs(head) < 1e-12) return null
    for (let row = 0; row < size; row++) {
      if (row === at) continue
      const factor = rows[row]![at]! / head
      for (let column = at; column <= size; column++) rows[row]![column]! -= factor * rows[at]![column]!
    }
  }
  return rows.map((row, nth) => row[size]! / row[nth]!)
}

/** By share of the cost: a run that costs little counts as much as one that costs much. Costs of 0 say nothing here. */
const squares = (points: ReadonlyArray<Point>, chosen: ReadonlyArray<Place>) => {
  const scaled = points
    .filter(({ cost }) => cost > 0)
    .map(({ messages, commits, idle, partition, cost }) =>
      [messages, commits, idle, partition].map((one) => one / cost),
    )
  // Scaled, so that what is counted in thousands and what in units weigh alike in the elimination.
  const scales = chosen.map((one) => Math.max(...scaled.map((row) => row[one]!), Number.MIN_VALUE))
  const value = (row: ReadonlyArray<number>, nth: number): number => row[chosen[nth]!]! / scales[nth]!
  const normal = chosen.map((_, a) =>
    chosen.map((_, b) => scaled.reduce((sum, row) => sum + value(row, a) * value(row, b), 0)),
  )
  const found = solve(
    normal,
    chosen.map((_, a) => scaled.reduce((sum, row) => sum + value(row, a), 0)),
  )
  if (found === null || found.some((one) => one < 0)) return null
  const error = scaled.reduce(
    (sum, row) => sum + (found.reduce((total, one, nth) => total + one * value(row, nth), 0) - 1) ** 2,
    0,
  )
  const costs = [0, 0, 0, 0]
  chosen.forEach((one, nth) => {
    costs[one] = found[nth]! / scales[nth]!
  })
  return { costs, error }
}

/** Each subset of the places; those of many first, so that of equals the one that says more is taken. */
const SUBSETS: ReadonlyArray<ReadonlyArray<Place>> = Array.from({ length: 15 }, (_, nth) =>
  ([0, 1, 2, 3] as const).filter((place) => ((15 - nth) >> place) & 1),
).sort((a, b) => b.length - a.length)

/** The costs, none below 0, that come nearest to what the runs cost. */
export const fitOf = (points: ReadonlyArray<Point>): Linear => {
  let best: { readonly costs: ReadonlyArray<number>; readonly error: number } | null = null
  for (const subset of SUBSETS) {
    const found = squares(points, subset)
    if (found !== null && (best === null || found.error < best.error - 1e-12)) best = found
  }
  const [message = 0, commit = 0, idle = 0, partition = 0] = best?.costs ?? []
  return partition === 0 ? { message, commit, idle } : { message, commit, idle, partition }
}
