import { expect, it } from "vitest"
import { ticksBetween } from "../../src/own-time/ticks.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

it("are few, ascend, and end where the next message comes", () => {
  expect([...ticksBetween(0, 9_999)]).toEqual([])
  expect([...ticksBetween(0, 10_000)]).toEqual([10_000])
  expect([...ticksBetween(0, 2.5 * HOUR)]).toEqual([HOUR, 2 * HOUR, 2.5 * HOUR])
  const year = [...ticksBetween(0, 365 * DAY)]
  expect(year.length).toBeLessThanOrEqual(64)
  expect(year).toEqual(year.toSorted((a, b) => a - b))
  expect(year.at(-1)).toBe(365 * DAY)
  // A week of silence is noticed within a day of its end.
  expect(year.some((at) => at >= 7 * DAY && at <= 8 * DAY)).toBe(true)
})
