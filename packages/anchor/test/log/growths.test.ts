import { expect, test } from "vitest"
import { Growths } from "../../src/log/growths.ts"

test("it knows since when there is more than a size, until nobody waits for it", () => {
  const growths = new Growths()
  expect(growths.firstOver(0)).toBeNull()
  growths.add(3, 100)
  growths.add(5, 200)
  growths.add(9, 300)
  expect([0, 2, 3, 4, 5, 8, 9].map((size) => growths.firstOver(size))).toEqual([100, 100, 200, 200, 300, 300, null])
  growths.forget(5)
  expect([growths.firstOver(0), growths.firstOver(9)]).toEqual([300, null])
  growths.forget(Number.POSITIVE_INFINITY)
  expect(growths.firstOver(0)).toBeNull()
})

test("it is bounded, and never forgets the oldest", () => {
  const growths = new Growths()
  for (let n = 1; n <= 100_000; n++) growths.add(n, n)
  expect(growths.firstOver(0)).toBe(1)
  // What lies between two that are kept is taken for the later one, never for an earlier one.
  const found = growths.firstOver(50_000)!
  expect(found).toBeGreaterThan(50_000)
  expect(growths.firstOver(99_999)).toBe(100_000)
})
