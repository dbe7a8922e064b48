import fc from "fast-check"
import { expect, it } from "vitest"
import { draw, fullLevel } from "../../src/kit/rate.ts"

/** Every message's gap to the one before, in milliseconds. */
const gaps = fc.array(fc.oneof(fc.nat(100), fc.nat(70_000), fc.nat(10 ** 9)), { minLength: 1, maxLength: 200 })
const rates = fc.integer({ min: 1, max: 1_000_000 })

it("grants at most a full bucket and what flows in, and stays in whole numbers", () => {
  fc.assert(
    fc.property(gaps, rates, (waits, rate) => {
      let [level, at, time, granted] = [fullLevel(rate), 0, 0, 0]
      let whole = true
      for (const wait of waits) {
        time += wait
        const drawn = draw(level, at, time, rate)
        if (drawn.granted) granted++
        level = drawn.level
        at = time
        whole &&= Number.isSafeInteger(level) && level >= 0 && level <= fullLevel(rate)
      }
      expect(whole).toBe(true)
      expect(granted).toBeLessThanOrEqual(rate + Math.floor((time * rate) / 60_000))
    }),
  )
})

it("grants every message of a device that keeps to its rate", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6000 }), (rate) => {
      let [level, at, refused] = [0, 0, 0]
      for (let time = Math.ceil(60_000 / rate); time < 600_000; time += Math.ceil(60_000 / rate)) {
        const drawn = draw(level, at, time, rate)
        refused += drawn.granted ? 0 : 1
        level = drawn.level
        at = time
      }
      expect(refused).toBe(0)
    }),
    { numRuns: 20 },
  )
})

it("cuts a bucket down to a lower rate, and does not fill by a clock that stands still", () => {
  expect(draw(fullLevel(100), 0, 0, 2)).toEqual({ granted: true, level: fullLevel(2) - 60_000 })
  expect(draw(59_999, 5, 5, 60)).toEqual({ granted: false, level: 59_999 })
  expect(draw(59_999, 5, 4, 60)).toEqual({ granted: false, level: 59_999 })
})
