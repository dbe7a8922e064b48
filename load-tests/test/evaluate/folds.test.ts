import { expect, it } from "vitest"
import { crossValidated } from "../../src/evaluate/folds.ts"

const mean = (files: ReadonlyArray<number>): number | null =>
  files.length === 0 ? null : files.reduce((sum, one) => sum + one, 0) / files.length

it("measures on each fold what is best on the others", () => {
  // The second candidate is best on file 0 alone: it is chosen where file 0 trains, and never measured on it.
  const candidates = [
    [10, 10, 10],
    [90, 0, 0],
  ]
  const { mean: score, folds, chosen } = crossValidated(candidates, 3, mean)
  expect(chosen).toEqual([0, 1, 1])
  expect(folds).toEqual([10, 0, 0])
  expect(score).toBeCloseTo(10 / 3, 10)
})

it("leaves out folds that can show nothing", () => {
  expect(crossValidated([[7, 9]], 5, mean).mean).toBe(8)
})
