import { expect, it } from "vitest"
import { readTimestamp, writeTimestamp } from "../../src/onem2m/timestamp.ts"

it("reads what CSEs write", () => {
  expect(readTimestamp("20261123T080938,692726")).toBeCloseTo(Date.parse("2026-11-23T08:09:38.692Z") + 0.726, 3)
  expect(readTimestamp("20261123T080938")).toBe(Date.parse("2026-11-23T08:09:38Z"))
  expect(readTimestamp("20261123T080938,5")).toBe(Date.parse("2026-11-23T08:09:38.500Z"))
})

it.each(["", "2026-11-23T08:09:38Z", "20261323T080938", "20261123T080938,1234567", "20261123 080938"])(
  "reads %j as no time",
  (text) => {
    expect(readTimestamp(text)).toBeNaN()
  },
)

it("writes what it reads", () => {
  const at = Date.parse("2026-11-23T08:09:38.692Z")
  expect(writeTimestamp(at)).toBe("20261123T080938,692")
  expect(readTimestamp(writeTimestamp(at))).toBe(at)
})
