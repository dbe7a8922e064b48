import { describe, expect, it } from "vitest"
import { slowdown } from "../../src/simulate/slowdown.ts"

describe("how much longer work takes where others work too", () => {
  it("with any number of threads it is that of an M/M/2 queue, 1 / (1 - u^2)", () => {
    for (const busy of [0.1, 0.5, 0.8, 0.9]) expect(slowdown(busy, 20_000) * (1 - busy ** 2)).toBeCloseTo(1, 2)
  })

  it("with no more threads than cores nobody waits", () => {
    for (const busy of [0.1, 0.5, 0.9]) expect(slowdown(busy, 2)).toBeCloseTo(1)
  })

  it("grows with what is busy, and has an end", () => {
    const shares = [0, 0.2, 0.4, 0.6, 0.8, 0.95, 1, 3]
    const found = shares.map((busy) => slowdown(busy))
    expect(found[0]).toBe(1)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect(found.at(-1)).toBeLessThan(4)
  })
})
