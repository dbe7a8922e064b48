/** Comma-separated values (RFC 4180) with a header line, as spreadsheets write them. */
import { UsageError } from "./command.ts"

/** Rows of one file. */
const MAX_ROWS = 100_000
const MAX_CELL = 8_192

export type Row = Readonly<Record<string, string>>

/** @throws UsageError with the line */
const cellsOf = (text: string, file: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  let cell = ""
  let isQuoted = false
  const wrong = (what: string): UsageError => new UsageError(`${file}: line ${rows.length + 1}: ${what}`)
  const end = (): void => {
    row.push(cell)
    cell = ""
  }
  const endRow = (): void => {
    end()
    if (row.length > 1 || row[0] !== "") rows.push(row)
    if (rows.length > MAX_ROWS + 1) throw wrong(`more than ${MAX_ROWS} rows`)
    row = []
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (cell.length > MAX_CELL) throw wrong(`a cell of more than ${MAX_CELL} characters`)
    if (isQuoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else isQuoted = false
    } else if (char === '"' && cell === "") isQuoted = true
    else if (char === ",") end()
    else if (char === "\n") endRow()
    else if (char !== "\r" || text[at + 1] !== "\n") cell += char
  }
  if (isQuoted) throw wrong("a quoted cell does not end")
  if (cell !== "" || row.length > 0) endRow()
  return rows
}

/**
 * @param needed columns that must be there
 * @param known all columns that mean something
 * @throws UsageError with file and line
 */
export const readCsv = (
  text: string,
  file: string,
  needed: ReadonlyArray<string>,
  known: ReadonlyArray<string>,
): ReadonlyArray<Row> => {
  const [head, ...rows] = cellsOf(text.replace(/^\ufeff/, ""), file)
  const names = (head ?? []).map((name) => name.trim())
  const missing = needed.find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new UsageError(`${file}: its first line names no column ${missing}; it knows ${known.join(", ")}`)
  const strange = names.find((name) => !known.includes(name))
  if (strange !== undefined)
    throw new UsageError(`${file}: there is no column ${JSON.stringify(strange)}: it knows ${known.join(", ")}`)
  if (new Set(names).size !== names.length) throw new UsageError(`${file}: a column stands there twice`)
  return rows.map((row, n) => {
    if (row.length !== names.length)
      throw new UsageError(`${file}: line ${n + 2} has ${row.length} cells, and the first line ${names.length}`)
    return Object.fromEntries(names.map((name, column) => [name, row[column]!.trim()]))
  })
}

/** One line, quoted where it must be. */
export const csvLine = (cells: ReadonlyArray<string>): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\n`
