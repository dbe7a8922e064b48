/** The rows of one file against those that follow from the log. */
import type { ReadingRow } from "@assay/schemas"
import { COLUMNS } from "../columns.ts"

export interface RowDifference {
  readonly kind: "row-missing" | "row-added" | "row-altered"
  readonly message: string
}

const keyOf = ({ originEpoch, originPartition, originOffset, position }: ReadingRow): string =>
  `${originEpoch}/${originPartition}/${originOffset}#${position}`

/** Equal values have equal text; what a number cannot tell apart (0 and -0, NaN) is none of a reading's. */
const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? `base64 ${Buffer.from(value).toString("base64")}` : JSON.stringify(value)

const differing = (wanted: ReadingRow, found: ReadingRow): string | null => {
  for (const { name } of COLUMNS) {
    const [should, is] = [textOf(wanted[name]), textOf(found[name])]
    if (should !== is) return `${name} is ${is}, and the log says ${should}`
  }
  return null
}

/** @param wanted what the file should have, in order @param found what it has */
export const compareRows = (
  wanted: ReadonlyArray<ReadingRow>,
  found: ReadonlyArray<ReadingRow>,
): ReadonlyArray<RowDifference> => {
  const differences: Array<RowDifference> = []
  const left = new Map(wanted.map((row) => [keyOf(row), row]))
  found.forEach((row, nth) => {
    const key = keyOf(row)
    const should = left.get(key)
    if (should === undefined) {
      const again = wanted.some((one) => keyOf(one) === key) ? "stands there once more" : "is not in the log"
      differences.push({ kind: "row-added", message: `row ${nth}: ${key} ${again}` })
      return
    }
    left.delete(key)
    const what = differing(should, row)
    if (what !== null) differences.push({ kind: "row-altered", message: `row ${nth}, ${key}: ${what}` })
  })
  for (const key of left.keys()) differences.push({ kind: "row-missing", message: `${key} is not there` })
  return differences
}
