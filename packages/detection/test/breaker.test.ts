import { describe, expect, it } from "vitest"
import { type Breaker, requestQuarantine, resetBreaker } from "../src/breaker.ts"
import { DETECTION_DEFAULTS as config } from "../src/config.ts"

const ask = (times: ReadonlyArray<number>, admitted: number, breaker?: Breaker) => {
  let state = breaker
  return times.map((time) => {
    const asked = requestQuarantine(state, time, admitted, config)
    state = asked.breaker
    return asked
  })
}

describe("quarantine breaker", () => {
  const minute = 60_000
  it("grants five in a small fleet, then opens once", () => {
    const asked = ask([0, 1, 2, 3, 4, 5, 6], 20)
    expect(asked.map((a) => a.granted)).toEqual([true, true, true, true, true, false, false])
    expect(asked.map((a) => a.opened)).toEqual([false, false, false, false, false, true, false])
  })
  it("grants one percent of a large fleet", () => {
    const asked = ask(
      Array.from({ length: 120 }, (_, i) => i),
      10_000,
    )
    expect(asked.filter((a) => a.granted)).toHaveLength(100)
  })
  it("grants again in the next window", () => {
    const asked = ask([...Array.from({ length: 6 }, () => minute), 12 * minute], 20)
    expect(asked.map((a) => a.granted).slice(5)).toEqual([false, true])
  })
  it("starts over when an operator overrides it", () => {
    const opened = ask(
      Array.from({ length: 6 }, () => minute),
      20,
    ).at(-1)!
    expect(opened.granted).toBe(false)
    expect(ask([minute], 20, resetBreaker(minute))[0]!.granted).toBe(true)
  })
  it("leaves the state it was given alone", () => {
    const before = Object.freeze(resetBreaker(0))
    expect(requestQuarantine(before, 1, 20, config).breaker).not.toBe(before)
  })
})
