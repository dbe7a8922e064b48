/** Lines of a file become readings: CSV with a header, or one JSON object on each line. */
import { UsageError } from "../../command.ts"
import { cellsOf, separatorOf } from "./csv.ts"
import { type BadCode, badLine, type Read, type Value } from "./row.ts"
import { lacksZone, readTime } from "./time.ts"

const COLUMNS = ["time", "device", "name", "value"] as const
const MOST_CHARS = 64 << 10

const HEADER = `time,device,name,value (and, if you have it, label)`

interface Fields {
  readonly time: unknown
  readonly device: unknown
  readonly name: unknown
  readonly value: unknown
  readonly label: unknown
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const NOT_A_NUMBER = /^[+-]?(nan|inf|infinity)$/i

/** A cell of CSV has no type: what looks like a number or a flag is one. */
const valueOfText = (text: string): Value | null => {
  if (NUMBER.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : null
  }
  if (NOT_A_NUMBER.test(text)) return null
  return text === "true" || text === "false" ? text === "true" : text
}

export class LineReader {
  /** How many times had no zone, and were read as UTC. */
  withoutZone = 0
  private line = 0
  private columns: ReadonlyMap<string, number> | null = null
  private separator = ","
  private isJson = false

  /**
   * One line, without its end.
   * @returns null for a header, or a line with nothing in it
   * @throws UsageError where the first line is neither a header nor an object
   */
  read(text: string): Read | null {
    this.line++
    if (text.length > MOST_CHARS) return badLine(this.line, "backtest.too_long", text)
    const line = text.trim()
    if (line === "") return null
    if (this.columns === null && !this.isJson) {
      // A byte order mark is no part of the first column's name.
      const first = line.replace(/^\ufeff/, "")
      if (!first.startsWith("{")) {
        this.begin(first)
        return null
      }
      this.isJson = true
      return this.json(first)
    }
    return this.isJson ? this.json(line) : this.csv(line)
  }

  private begin(header: string): void {
    this.separator = separatorOf(header)
    const names = (cellsOf(header, this.separator) ?? []).map((name) => name.trim().toLowerCase())
    const missing = COLUMNS.filter((name) => !names.includes(name))
    if (missing.length > 0)
      throw new UsageError(
        `the first line has no column ${missing.join(" and ")}: begin the file with ${HEADER}, or write one JSON object with these names on each line`,
      )
    this.columns = new Map(names.map((name, index) => [name, index]))
  }

  private csv(line: string): Read {
    const cells = cellsOf(line, this.separator)
    if (cells === null) return badLine(this.line, "backtest.quotes", line)
    const columns = this.columns!
    if (cells.length !== columns.size) return badLine(this.line, "backtest.columns", line)
    const cell = (name: string): string | undefined => {
      const index = columns.get(name)
      return index === undefined ? undefined : cells[index]
    }
    const value = cell("value")!
    return this.row(line, {
      time: cell("time"),
      device: cell("device"),
      name: cell("name"),
      value: value === "" ? undefined : valueOfText(value),
      label: cell("label"),
    })
  }

  private json(line: string): Read {
    let found: unknown
    try {
      found = JSON.parse(line)
    } catch {
      return badLine(this.line, "backtest.not_json", line)
    }
    if (typeof found !== "object" || found === null || Array.isArray(found))
      return badLine(this.line, "backtest.not_json", line)
    return this.row(line, found as Fields)
  }

  private row(text: string, { time, device, name, value, label }: Fields): Read {
    const bad = (reason: BadCode): Read => badLine(this.line, reason, text)
    if (time === undefined || time === null || time === "") return bad("backtest.no_time")
    const at = readTime(String(time))
    if (at === null) return bad("backtest.bad_time")
    if (typeof time === "string" && lacksZone(time)) this.withoutZone++
    if (!isNamed(device)) return bad("backtest.no_device")
    if (!isNamed(name)) return bad("backtest.no_name")
    if (value === undefined) return bad("backtest.no_value")
    if (value === null || (typeof value === "object" && value !== null)) return bad("backtest.bad_value")
    return {
      row: {
        at,
        device: String(device),
        name: String(name),
        value: value as Value,
        label: label === undefined || label === null || label === "" ? null : String(label),
        line: this.line,
      },
    }
  }
}

const isNamed = (value: unknown): boolean => (typeof value === "string" && value !== "") || typeof value === "number"
