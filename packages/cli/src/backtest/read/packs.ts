/** Readings of one device at one time are one message. */
import type { Row, Value } from "./row.ts"

export interface Pack {
  readonly at: number
  readonly device: string
  readonly values: ReadonlyArray<{ readonly name: string; readonly value: Value }>
  /** Of any of its readings; null where none has one. */
  readonly label: string | null
  /** Of the first reading. */
  readonly line: number
}

/** Readings that one message may carry. */
export const MOST_VALUES = 512

/**
 * @param rows ascending by time
 * @param onTooMany called for each reading beyond what its message takes
 */
export async function* packsOf(rows: AsyncIterable<Row>, onTooMany: (row: Row) => void): AsyncIterable<Pack> {
  let open = new Map<string, { first: Row; values: Array<Pack["values"][number]>; label: string | null }>()
  const close = function* (): Iterable<Pack> {
    for (const { first, values, label } of open.values())
      yield { at: first.at, device: first.device, values, label, line: first.line }
    open = new Map()
  }
  let at = Number.NaN
  for await (const row of rows) {
    if (row.at !== at) yield* close()
    at = row.at
    const { name, value } = row
    const pack = open.get(row.device)
    if (pack === undefined) {
      open.set(row.device, { first: row, values: [{ name, value }], label: row.label })
    } else if (pack.values.length === MOST_VALUES) {
      onTooMany(row)
    } else {
      pack.values.push({ name, value })
      pack.label ??= row.label
    }
  }
  yield* close()
}
