/** Where a command writes: for people first, as JSON where asked. Colour only on a terminal, and never with NO_COLOR. */
import { COMMAND, processEnvironment, textOf } from "@assay/settings"

export type Colour = "green" | "red" | "yellow" | "dim" | "bold"

const CODES: Record<Colour, string> = { green: "32", red: "31", yellow: "33", dim: "2", bold: "1" }

export interface Output {
  readonly json: boolean
  /** Whether a live display makes sense. */
  readonly live: boolean
  /** A line for people; nothing under --json. */
  say(line?: string): void
  /** The result: as JSON under --json, else by `people`. */
  result(value: unknown, people: () => void): void
  /** Progress for people on standard error: rewritten in place on a terminal, a plain line elsewhere. */
  progress(line: string): void
  colour(text: string, colour: Colour): string
}

export const makeOutput = (json: boolean): Output => {
  const live = process.stderr.isTTY === true && !json
  const coloured = process.stdout.isTTY === true && textOf(COMMAND.noColor, processEnvironment()) === null
  let width = 0
  const clear = (): void => {
    if (width > 0) process.stderr.write(`\r${" ".repeat(width)}\r`)
    width = 0
  }
  return {
    json,
    live,
    say: (line = "") => {
      clear()
      if (!json) process.stdout.write(`${line}\n`)
    },
    result: (value, people) => {
      clear()
      if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
      else people()
    },
    progress: (line) => {
      if (!live) {
        process.stderr.write(`${line}\n`)
        return
      }
      process.stderr.write(`\r${line.padEnd(width)}`)
      width = line.length
    },
    colour: (text, colour) => (coloured ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text),
  }
}

/** A table with columns as wide as they need; `right` names the columns (by index) that align right. */
export const table = (
  head: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  right: ReadonlyArray<number> = [],
): string => {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)))
  const line = (cells: ReadonlyArray<string>): string =>
    cells
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd()
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n")
}
