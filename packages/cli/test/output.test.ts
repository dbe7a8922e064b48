import { afterEach, describe, expect, it, vi } from "vitest"
import { complain, makeOutput, table } from "../src/output.ts"

/** Clears the screen as C0 and as C1, turns the text, breaks the line as Unicode does, hides. */
const HOSTILE = "v1\u001b[2J\u009b2J\u202e\u2066\u2028\u200b\u0007\r"
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/

const written = (stream: "stdout" | "stderr"): (() => string) => {
  const spy = vi.spyOn(process[stream], "write").mockReturnValue(true)
  return () => spy.mock.calls.map(([text]) => String(text)).join("")
}
afterEach(() => vi.restoreAllMocks())

describe("what a device wrote", () => {
  it.each<[string, () => void]>([
    ["a line", () => makeOutput(false).say(`firmware ${HOSTILE}`)],
    ["a table", () => makeOutput(false).say(table(["name"], [[HOSTILE]]))],
    ["a result", () => makeOutput(true).result({ version: HOSTILE }, () => undefined)],
  ])("steers no terminal in %s", (_, write) => {
    const text = written("stdout")
    write()
    expect(text()).toContain("v1")
    expect(text()).not.toMatch(UNSAFE)
  })

  it("steers no terminal in progress, and in an error", () => {
    const text = written("stderr")
    makeOutput(false).progress(HOSTILE)
    complain(HOSTILE)
    expect(text().match(/v1/g)).toHaveLength(2)
    expect(text()).not.toMatch(UNSAFE)
  })

  it("is the same value again in a result", () => {
    const text = written("stdout")
    makeOutput(true).result({ version: HOSTILE }, () => undefined)
    expect(JSON.parse(text())).toEqual({ version: HOSTILE })
  })

  it("makes no line of its own in a table", () => {
    expect(table(["a"], [["x\nverified"]]).split("\n")).toHaveLength(3)
  })
})

it("keeps lines, tabs and text beyond ASCII", () => {
  const text = written("stdout")
  makeOutput(false).say("a\tb\n°C µ 温度")
  expect(text()).toBe("a\tb\n°C µ 温度\n")
})
