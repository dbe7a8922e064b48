/** How it is noticed that a thread stands still. */
import { expect, it } from "vitest"
import { Progress } from "../../src/threads/progress.ts"

it("counts from when nothing moved last, whatever it was that did", () => {
  const progress = new Progress(2)
  const begun = performance.now()
  expect(progress.counts).toHaveLength(3)
  expect(progress.standsStill(begun + 1_000)).toBeGreaterThanOrEqual(1_000)
  for (const at of [0, 2]) {
    Atomics.add(progress.counts, at, 1)
    expect(progress.standsStill(begun + 5_000 + at)).toBe(0)
  }
  expect(progress.standsStill(begun + 5_302)).toBe(300)
})

it("a count that has come round still moves", () => {
  const progress = new Progress(0)
  Atomics.store(progress.counts, 0, 2 ** 31 - 1)
  expect(progress.standsStill(1)).toBe(0)
  Atomics.add(progress.counts, 0, 1)
  expect(progress.standsStill(2)).toBe(0)
  expect(progress.standsStill(3)).toBe(1)
})
