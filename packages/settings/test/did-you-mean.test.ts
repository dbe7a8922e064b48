import { describe, expect, it } from "vitest"
import { didYouMean, editDistance, nearest } from "../src/did-you-mean.ts"

describe("the edit distance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["verify", "verify", 0],
    ["verfy", "verify", 1],
    ["verifyy", "verify", 1],
    ["varify", "verify", 1],
    ["vreify", "verify", 1], // two neighbours swapped
    ["kitten", "sitting", 3],
  ] as const)("of %j and %j is %i", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance)
    expect(editDistance(to, from)).toBe(distance)
  })
})

describe("the nearest words", () => {
  const known = ["init", "verify", "verify-proof", "sign", "submit", "run"]

  it("are those with few changes, nearest first, and those that begin alike", () => {
    expect(nearest("verfy", known)).toEqual(["verify"])
    expect(nearest("verify-", known)).toEqual(["verify-proof", "verify"])
    expect(nearest("sub", known)).toEqual(["submit"])
    expect(nearest("intit", known)).toEqual(["init"])
  })

  it("are none where nothing is near, and for a word without bound", () => {
    expect(nearest("dance", known)).toEqual([])
    expect(nearest("", known)).toEqual([])
    expect(nearest("x".repeat(1_000_000), known)).toEqual([])
    expect(didYouMean("dance", known)).toBe("")
  })

  it("are reported as a question", () => {
    expect(didYouMean("verif", ["verify", "verifx", "sign"])).toBe(" (did you mean verify or verifx?)")
  })
})
