import { describe, expect, it } from "vitest"
import { LineReader } from "../../../src/backtest/read/lines.ts"
import { BAD_LINES } from "../../../src/backtest/read/row.ts"
import { lacksZone, readTime } from "../../../src/backtest/read/time.ts"
import { UsageError } from "../../../src/command.ts"

const AT = Date.UTC(2026, 0, 5, 12)

const read = (...lines: ReadonlyArray<string>) => {
  const reader = new LineReader()
  return lines.map((line) => reader.read(line)).at(-1)
}
const HEADER = "time,device,name,value,label"

describe("times", () => {
  it.each([
    "2026-01-05T12:00:00Z",
    "2026-01-05 12:00:00",
    "2026-01-05T12:00",
    "2026-01-05T12:00:00.000",
    "2026-01-05T13:00:00+01:00",
    "2026-01-05T13:00:00+0100",
    "1767614400",
    "1767614400000",
    " 1767614400.0 ",
  ])("%s", (text) => expect(readTime(text)).toBe(AT))

  it("keep milliseconds, and cut what is finer", () => {
    expect(readTime("2026-01-05T12:00:00.123456Z")).toBe(AT + 123)
    expect(readTime("1767614400.5")).toBe(AT + 500)
  })

  it.each(["", "yesterday", "2026-13-05", "05.01.2026", "2026-01-05T25:00:00Z", "-1", "1e20", "99999999999999999"])(
    "%s is none",
    (text) => expect(readTime(text)).toBeNull(),
  )

  it("without a zone are known to be", () => {
    expect(["2026-01-05 12:00", "2026-01-05T12:00Z", "1767614400"].map(lacksZone)).toEqual([true, false, false])
  })
})

describe("CSV", () => {
  it("is read by the names of its columns, in any order, with quotes where a cell needs them", () => {
    expect(read("value;name;device;time", '21.5;"temp; ""in""";hall;2026-01-05T12:00Z')).toEqual({
      row: { at: AT, device: "hall", name: 'temp; "in"', value: 21.5, label: null, line: 2 },
    })
    expect(read("\ufeffTime,Device,Name,Value,extra", "1767614400,7,n,1,what")).toMatchObject({
      row: { device: "7", value: 1 },
    })
  })

  it("holds numbers, flags and texts", () => {
    const value = (text: string) => read(HEADER, `1767614400,d,n,${text},`)
    expect(value("-1.5e3")).toMatchObject({ row: { value: -1500 } })
    expect(value("true")).toMatchObject({ row: { value: true } })
    expect(value("open")).toMatchObject({ row: { value: "open" } })
  })

  it("passes over empty lines and counts them", () => {
    expect(read(HEADER, "", "1767614400,d,n,1,1")).toMatchObject({ row: { line: 3, label: "1" } })
  })

  it("without the columns that it takes is no file of readings", () => {
    expect(() => read("timestamp,value")).toThrow(UsageError)
    expect(() => read("timestamp,value")).toThrow(/no column time and device and name.*time,device,name,value/)
  })
})

describe("NDJSON", () => {
  it("is read line by line, with numbers as they are", () => {
    const line = { time: 1767614400, device: "d", name: "n", value: 3, label: false }
    expect(read(JSON.stringify(line))).toEqual({
      row: { at: AT, device: "d", name: "n", value: 3, label: "false", line: 1 },
    })
    expect(read(JSON.stringify(line), JSON.stringify({ ...line, value: "3" }))).toMatchObject({ row: { value: "3" } })
  })
})

describe("a bad line has a reason, a sentence that says what to change, and its number", () => {
  it.each([
    ["backtest.columns", "1767614400,d,n"],
    ["backtest.quotes", '1767614400,"d,n,1,'],
    ["backtest.no_time", ",d,n,1,"],
    ["backtest.bad_time", "soon,d,n,1,"],
    ["backtest.no_device", "1767614400,,n,1,"],
    ["backtest.no_name", "1767614400,d,,1,"],
    ["backtest.no_value", "1767614400,d,n,,"],
    ["backtest.bad_value", "1767614400,d,n,NaN,"],
    ["backtest.bad_value", "1767614400,d,n,1e999,"],
    ["backtest.too_long", `1767614400,d,n,${"9".repeat(70_000)},`],
  ] as const)("%s", (reason, line) => {
    expect(read(HEADER, line)).toMatchObject({ bad: { line: 2, reason } })
    expect(BAD_LINES[reason].length).toBeGreaterThan(20)
  })

  it.each(["{", "[1]", "7", '"text"'])("backtest.not_json: %s", (line) => {
    expect(read('{"time":1767614400,"device":"d","name":"n","value":1}', line)).toMatchObject({
      bad: { line: 2, reason: "backtest.not_json" },
    })
  })

  it("and an object with no value that a message can carry", () => {
    const ok = { time: 1767614400, device: "d", name: "n", value: 1 }
    expect(read(JSON.stringify({ ...ok, value: null }))).toMatchObject({ bad: { reason: "backtest.bad_value" } })
    expect(read(JSON.stringify({ ...ok, value: [1] }))).toMatchObject({ bad: { reason: "backtest.bad_value" } })
    expect(read(JSON.stringify({ ...ok, value: undefined }))).toMatchObject({ bad: { reason: "backtest.no_value" } })
  })
})
