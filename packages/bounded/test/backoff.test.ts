import { expect, it } from "vitest"
import { pauseMs } from "../src/backoff.ts"

const PAUSES = { firstMs: 100, longestMs: 5_000 }

it("doubles, has an upper bound, and is spread over its upper half", () => {
  const [least, most] = [() => 0, () => 1]
  const attempts = [1, 2, 3, 6, 7, 1_000_000]
  expect(attempts.map((attempt) => pauseMs(PAUSES, attempt, most))).toEqual([100, 200, 400, 3_200, 5_000, 5_000])
  expect(attempts.map((attempt) => pauseMs(PAUSES, attempt, least))).toEqual([50, 100, 200, 1_600, 2_500, 2_500])
})
