/** The same for each line of a table: one that fails does not hold up the others, and the report says what became of each. */
import { appendFileSync, writeFileSync } from "node:fs"
import { type Arguments, EXIT, type ExitCode, UsageError } from "../command.ts"
import { csvLine, type Row, readCsv } from "../device/csv.ts"
import { readInput } from "../files.ts"
import type { Output } from "../output.ts"

export type { Row } from "../device/csv.ts"

export interface Bulk<Done> {
  /** Null where the rows come from elsewhere. */
  readonly csv: string | null
  readonly rows?: ReadonlyArray<Row> | undefined
  /** The first must be there. */
  readonly columns: readonly [string, ...ReadonlyArray<string>]
  /** What the report says of a row that was done, for example `issued`. */
  readonly done: string
  /** What it says of one that needs nothing; null where it does. */
  readonly skip?: (row: Row) => string | null
  /** @throws UsageError, TypeError, RangeError where this row fails */
  readonly work: (row: Row) => Promise<Done>
  /** Called after some rows, before `finish` of each: what was done is on the disk. */
  readonly flush: () => void
  readonly finish?: (row: Row, done: Done) => void
}

const PROGRESS_MS = 1_000
/** Rows between two flushes: a disk takes some milliseconds for each. */
const BLOCK = 256

interface Outcome<Done> {
  readonly row: Row
  readonly outcome: string
  readonly detail: string
  readonly done: Done | null
}

const outcomeOf = async <Done>({ skip, work, done }: Bulk<Done>, row: Row): Promise<Outcome<Done>> => {
  const skipped = skip?.(row) ?? null
  if (skipped !== null) return { row, outcome: skipped, detail: "", done: null }
  try {
    return { row, outcome: done, detail: "", done: await work(row) }
  } catch (cause) {
    if (!(cause instanceof UsageError || cause instanceof TypeError || cause instanceof RangeError)) throw cause
    return { row, outcome: "failed", detail: cause.message, done: null }
  }
}

export interface BulkResult {
  readonly failed: number
  /** For the result of the call. */
  readonly said: object
  /** For people. */
  readonly words: string
}

/** The result of a call that does nothing else. */
export const tellRows = ({ failed, said, words }: BulkResult, output: Output): ExitCode => {
  output.result(said, () => output.say(words))
  return failed === 0 ? EXIT.ok : EXIT.failed
}

/** @throws UsageError where the table is none; what work throws but for a row that fails */
export const eachRow = async <Done>(given: Arguments, output: Output, bulk: Bulk<Done>): Promise<BulkResult> => {
  const { csv, columns, flush, finish } = bulk
  const rows =
    csv === null ? (bulk.rows ?? []) : readCsv(readInput(csv, "the table").toString("utf8"), csv, [columns[0]], columns)
  const wrong = rows.findIndex((row) => !row["device"]!.startsWith("did:"))
  if (wrong >= 0) throw new UsageError(`${csv}: line ${wrong + 2}: device takes a DID`)
  const report = given.text("report")
  if (report !== null) writeFileSync(report, csvLine(["device", "outcome", "detail"]))
  const counts: Record<string, number> = { [bulk.done]: 0, failed: 0 }
  let said = performance.now()
  for (let from = 0; from < rows.length; from += BLOCK) {
    const block: Array<Outcome<Done>> = []
    for (const row of rows.slice(from, from + BLOCK)) block.push(await outcomeOf(bulk, row))
    flush()
    for (const { row, outcome, detail, done } of block) {
      if (done !== null) finish?.(row, done)
      counts[outcome] = (counts[outcome] ?? 0) + 1
      if (report !== null) appendFileSync(report, csvLine([row["device"]!, outcome, detail]))
      else if (outcome === "failed") output.say(detail)
    }
    if (performance.now() - said < PROGRESS_MS) continue
    said = performance.now()
    output.progress(`${Math.min(from + BLOCK, rows.length)} of ${rows.length} devices, ${counts["failed"]} failed`)
  }
  const words = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`)
  return {
    failed: counts["failed"]!,
    said: { devices: rows.length, ...counts, report },
    words: `${rows.length} devices: ${words.join(", ")}${report === null ? "" : `; ${report} says which`}`,
  }
}
