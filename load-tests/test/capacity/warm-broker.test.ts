import { expect, it } from "vitest"
import { isSteady } from "../../src/capacity/warm-broker.ts"

it("a broker is warm when a commit costs it no less than before, though single windows differ", () => {
  expect(isSteady([28, 11, 8, 7])).toBe(false)
  expect(isSteady([9.7, 5.7, 3.8, 4, 3.3, 4.5])).toBe(false)
  expect(isSteady([28, 9.7, 5.7, 4, 3.3, 4.5, 3.9, 4.5, 4])).toBe(true)
})
