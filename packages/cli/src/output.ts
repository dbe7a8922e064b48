/** Where a command writes: for people first, as JSON where asked. Colour only on a terminal, and never with NO_COLOR. */
import { COMMAND, processEnvironment, textOf } from "@assay/settings"
import { escapeControls, safeJson } from "@assay/trust/kit"

export type Colour = "green" | "red" | "yellow" | "dim" | "bold"

const CODES: Record<Colour, string> = { green: "32", red: "31", yellow: "33", dim: "2", bold: "1" }

/** The ends of lines and tabs, and the colours that `makeOutput` itself puts in. */
const KEPT = /(\n|\t)/
const NONE_BUT_COLOURS = /(\u001b\[(?:[012]|3[123])m)/
const KEPT_WITH_COLOURS = /(\n|\t|\u001b\[(?:[012]|3[123])m)/

/**
 * Text as it may go to a terminal. Devices write parts of what is shown: what could steer a terminal, turn its text (UAX 9)
 * or hide is escaped here, in the one place that all output passes.
 */
export const forTerminal = (text: string, kept = KEPT): string =>
  text
    .split(kept)
    .map((part, nth) => (nth % 2 === 0 ? escapeControls(part) : part))
    .join("")

/** One line on standard error. */
export const complain = (line: string): void => {
  process.stderr.write(`${forTerminal(line)}\n`)
}

/** What failed beside the command, which goes on, and why: one line on standard error. */
export const complainOf = (what: string, cause: unknown): void =>
  complain(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`)

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
  const safe = (text: string): string => forTerminal(text, coloured ? KEPT_WITH_COLOURS : KEPT)
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
      if (!json) process.stdout.write(`${safe(line)}\n`)
    },
    result: (value, people) => {
      clear()
      if (json) process.stdout.write(`${safeJson(value, undefined, 2)}\n`)
      else people()
    },
    progress: (text) => {
      if (!live) return complain(text)
      const line = forTerminal(text)
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
  const shown = rows.map((row) => row.map((cell) => forTerminal(cell, NONE_BUT_COLOURS)))
  const widths = head.map((name, column) => Math.max(name.length, ...shown.map((row) => (row[column] ?? "").length)))
  const line = (cells: ReadonlyArray<string>): string =>
    cells
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd()
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...shown.map(line)].join("\n")
}
