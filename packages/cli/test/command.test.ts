import { describe, expect, it } from "vitest"
import { helpOf, readArguments, UsageError } from "../src/command.ts"

const command = {
  name: "ship",
  summary: "ship it",
  usage: "ship FILE",
  details: "",
  takes: 1,
  options: {
    url: { type: "string", value: "URL", env: "ASSAY_URL", default: "http://default", help: "where" },
    value: { type: "string", value: "NUMBER", help: "how much" },
    fast: { type: "boolean", help: "at once" },
  },
} as const
const read = (argv: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  readArguments(command, argv, env)
const refusal = (...argv: ReadonlyArray<string>): string => {
  try {
    read(argv)
  } catch (cause) {
    expect(cause).toBeInstanceOf(UsageError)
    return (cause as Error).message
  }
  throw new Error(`${argv.join(" ")} was accepted`)
}

describe("the arguments of a command", () => {
  it("come from the call, else from the environment, else from the default", () => {
    expect(read(["--url", "http://call"], { ASSAY_URL: "http://env" }).text("url")).toBe("http://call")
    expect(read([], { ASSAY_URL: "http://env" }).text("url")).toBe("http://env")
    expect(read([], { ASSAY_URL: "" }).text("url")).toBe("http://default")
    expect(read([]).text("value")).toBeNull()
  })

  it("take a number below zero, and the dash of standard input, for values", () => {
    expect(read(["--value", "-5.5"]).text("value")).toBe("-5.5")
    expect(read(["--value=-x"]).text("value")).toBe("-x")
    expect(read(["-", "--value", "-"])).toMatchObject({ positionals: ["-"] })
    expect(read(["--fast", "--", "--odd"])).toMatchObject({ positionals: ["--odd"] })
  })

  it("are whole numbers where one is asked for, and not what else a program would make one of", () => {
    expect(read(["--value", "-5"]).whole("value", -9, 9)).toBe(-5)
    for (const value of ["", " ", "0x5", "5e0", "5.0", "+5", "10", "-10"])
      expect(() => read([`--value=${value}`]).whole("value", -9, 9), value).toThrow(
        /^--value takes a whole number from -9 to 9, not ./,
      )
  })

  it("are refused with what was probably meant", () => {
    expect(refusal("--vlaue", "5")).toBe(
      "there is no option '--vlaue' (did you mean --value?); assay help ship lists the options",
    )
    expect(refusal("-x")).toContain("there is no option '-x'; assay help ship")
  })

  it("are refused where a value is missing, or too much", () => {
    expect(refusal("--value")).toContain("--value takes NUMBER, and none is given")
    expect(refusal("--value", "--fast")).toContain("--value takes NUMBER, and none is given")
    expect(refusal("--fast=yes")).toContain('--fast takes no value, so "yes" is too much')
    expect(refusal("a", "b")).toContain('"b" is one word too many')
  })

  it("stand in the help, with variable and default", () => {
    const help = helpOf({ ...command, run: () => Promise.resolve(0) })
    expect(help).toContain("--url URL")
    expect(help).toContain("where (or ASSAY_URL; default http://default)")
    expect(help).toContain("--json")
  })
})
