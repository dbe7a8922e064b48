/** The same for each line of a table: one that fails does not hold up the others, and the report says what became of each. */
import { appendFileSync, writeFileSync } from "node:fs"
import { EXIT, type ExitCode, UsageError } from "./command.ts"
import { csvLine, type Row, readCsv } from "./csv.ts"
import { readInput } from "./files.ts"
import type { Output } from "./output.ts"

export type { Row } from "./csv.ts"

/** What became of a row. */
export interface Worked {
  /** As the report has it, for example `issued`; `failed` where it failed. */
  readonly outcome: string
  /** For people: why it failed. */
  readonly detail?: string
  /** Its cells in the report, behind the outcome; of `Bulk.columns`. */
  readonly cells?: ReadonlyArray<string>
  /** Called when what was done is on the disk. */
  readonly finish?: () => void
}

export interface Bulk {
  /** As `rowsOf` gives them. */
  readonly rows: ReadonlyArray<Row>
  /** The file of the report; null: there is none. */
  readonly report: string | null
  /** Columns of the report between outcome and detail. */
  readonly columns?: ReadonlyArray<string>
  /** Outcomes that are counted where no row has them too. */
  readonly outcomes: ReadonlyArray<string>
  /** @throws UsageError, TypeError, RangeError where this row fails */
  readonly work: (row: Row) => Promise<Worked> | Worked
  /** Called after some rows, before `finish` of each: what was done is on the disk then. Without it each row is reported at once. */
  readonly flush?: () => Promise<void>
}

export interface BulkResult {
  readonly failed: number
  /** For the result of the call. */
  readonly said: object
  /** For people. */
  readonly words: string
}

const PROGRESS_MS = 1_000
/** Rows between two flushes: a disk takes some milliseconds for each. */
const BLOCK = 256
const FAILED = "failed"

/**
 * The rows of a table, each about a device.
 * @param needed columns that must be there, `device` among them
 * @param known all columns that mean something
 * @throws UsageError with file and line
 */
export const rowsOf = (
  path: string,
  needed: ReadonlyArray<string>,
  known: ReadonlyArray<string>,
): ReadonlyArray<Row> => {
  const rows = readCsv(readInput(path, "the table").toString("utf8"), path, needed, known)
  const wrong = rows.findIndex((row) => !row["device"]!.startsWith("did:"))
  if (wrong >= 0) throw new UsageError(`${path}: line ${wrong + 2}: device takes a DID`)
  return rows
}

const workedOn = async ({ work, columns = [] }: Bulk, row: Row): Promise<Worked> => {
  try {
    return await work(row)
  } catch (cause) {
    if (!(cause instanceof UsageError || cause instanceof TypeError || cause instanceof RangeError)) throw cause
    return { outcome: FAILED, detail: cause.message, cells: columns.map(() => "") }
  }
}

/** @throws what work throws but for a row that fails; what flush throws */
export const eachRow = async (bulk: Bulk, output: Output): Promise<BulkResult> => {
  const { rows, report, columns = [], outcomes, flush } = bulk
  if (report !== null) writeFileSync(report, csvLine(["device", "outcome", ...columns, "detail"]))
  const counts: Record<string, number> = Object.fromEntries([...outcomes, FAILED].map((outcome) => [outcome, 0]))
  const step = flush === undefined ? 1 : BLOCK
  let said = performance.now()
  for (let from = 0; from < rows.length; from += step) {
    const block: Array<readonly [row: Row, worked: Worked]> = []
    for (const row of rows.slice(from, from + step)) block.push([row, await workedOn(bulk, row)])
    await flush?.()
    for (const [{ device }, { outcome, detail = "", cells = [], finish }] of block) {
      finish?.()
      counts[outcome] = (counts[outcome] ?? 0) + 1
      if (report !== null) appendFileSync(report, csvLine([device!, outcome, ...cells, detail]))
      else if (outcome === FAILED) output.say(detail)
    }
    if (performance.now() - said < PROGRESS_MS) continue
    said = performance.now()
    output.progress(`${Math.min(from + step, rows.length)} of ${rows.length} devices, ${counts[FAILED]} failed`)
  }
  const words = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`)
  return {
    failed: counts[FAILED]!,
    said: { devices: rows.length, ...counts, report },
    words: `${rows.length} devices: ${words.join(", ")}${report === null ? "" : `; ${report} says which`}`,
  }
}

/** The result of a call that does nothing else. @param more members of the result */
export const tellRows = ({ failed, said, words }: BulkResult, output: Output, more: object = {}): ExitCode => {
  output.result({ ...said, ...more }, () => output.say(words))
  return failed === 0 ? EXIT.ok : EXIT.failed
}
