import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { beyond, learnTail, type Tail } from "../src/tail.ts"
import { seeded } from "./series.ts"

const learned = (next: () => number, count: number): Tail => {
  const tail = { threshold: 0, excess: 0 }
  for (let i = 0; i < count; i++) learnTail(tail, next(), i)
  return tail
}

describe("a tail", () => {
  it("has its threshold where about one number in fifty exceeds it, whatever the distribution", () => {
    const random = seeded(7)
    const kinds: ReadonlyArray<() => number> = [random, () => -Math.log(1 - random()), () => 1 / (0.01 + random())]
    for (const next of kinds) {
      const { threshold } = learned(next, 20_000)
      const exceeding = Array.from({ length: 20_000 }, next).filter((value) => value > threshold).length / 20_000
      expect(exceeding).toBeGreaterThan(0.01)
      expect(exceeding).toBeLessThan(0.035)
    }
  })
  it("says once in e to the tenth what comes by chance as seldom", () => {
    const random = seeded(8)
    const exponential = () => -Math.log(1 - random())
    const { threshold, excess } = learned(exponential, 20_000)
    const rare = Array.from({ length: 200_000 }, exponential).filter(
      (value) => beyond(value, threshold, excess, 20_000) > 5,
    )
    // 200,000 x 2 % / e^5 is 27.
    expect(rare.length).toBeLessThan(80)
    expect(rare.length).toBeGreaterThan(5)
  })
  it("is moved by one number by no more than a part of itself", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e30, noNaN: true }), (wild) => {
        const tail = learned(seeded(9), 1000)
        const { threshold, excess } = tail
        learnTail(tail, wild, 1000)
        expect(tail.threshold).toBeLessThanOrEqual(threshold * 1.05)
        expect(tail.excess).toBeLessThanOrEqual(Math.max(excess, 0.3 * threshold) * 1.4)
      }),
    )
  })
})
