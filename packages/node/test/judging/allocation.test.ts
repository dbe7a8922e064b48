import { expect, it } from "vitest"
import { allocations, sumOf } from "../../src/judging/allocation.ts"

it("counts from its first call on what this thread allocates, each time since the last", () => {
  const take = allocations()
  expect(take()).toEqual({ bytes: 0, pausedUs: 0, collections: 0 })
  const made = Array.from({ length: 1_000 }, () => new Array(1_000).fill(0))
  const first = take()
  expect(first.bytes).toBeGreaterThan(1_000 * 1_000)
  expect(made).toHaveLength(1_000)
  const second = take()
  expect(second.bytes).toBeLessThan(first.bytes)
  expect(sumOf([first, second]).bytes).toBe(first.bytes + second.bytes)
})
