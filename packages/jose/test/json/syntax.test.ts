import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { syntaxErrorAt } from "../../src/json/syntax.ts"

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe("the first error of a JSON text", () => {
  it.each([
    ["", 0],
    ["{", 1],
    ['{"a":1,}', 7],
    ["[1,]", 3],
    ["[1 2]", 3],
    ['{"a" 1}', 5],
    ["{a:1}", 1],
    ["01", 1],
    ["1.", 1],
    ["tru", 0],
    ['"a\nb"', 2],
    ['"\\x"', 1],
    ['"abc', 4],
    ["[]]", 2],
    ["[}", 1],
    ["{} x", 3],
  ])("of %j is at %i", (text, at) => expect(syntaxErrorAt(text)).toBe(at))

  it("is none exactly where JSON.parse reads the text", () => {
    fc.assert(fc.property(fc.json(), (text) => syntaxErrorAt(text) === null))
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      "1",
      "-",
      "0",
      "e1",
      ".5",
      "true",
      " ",
      "\n",
      '"',
      "\\",
    )
    const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""))
    fc.assert(
      fc.property(text, (given) => (syntaxErrorAt(given) === null) === isJson(given)),
      { numRuns: 5_000 },
    )
  })

  it("is found in a text without bound on depth or length", () => {
    expect(syntaxErrorAt("[".repeat(200_000))).toBe(200_000)
    expect(syntaxErrorAt(`"${"a".repeat(2_000_000)}`)).toBe(2_000_001)
  })
})
