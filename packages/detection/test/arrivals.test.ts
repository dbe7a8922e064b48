import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS } from "../src/config.ts"
import { countMessage } from "../src/detectors/index.ts"
import { newDevice } from "./device.ts"
import { flood as FLOODED, rate as RATE_HIGH, silence as SILENCE } from "./signals.ts"

const config = DETECTION_DEFAULTS

/** Signals of messages at the given gaps (ms). */
const count = (gaps: ReadonlyArray<number>): ReadonlyArray<number> => {
  const device = newDevice(0)
  let time = 0
  return gaps.map((gap) => {
    time += gap
    return countMessage(device, time, true, config)
  })
}
const same = (times: number, gap: number): ReadonlyArray<number> => Array.from({ length: times }, () => gap)

describe("rate", () => {
  it("lets a steady ten a second pass for ever, and a batch stamped with one time too", () => {
    expect(count(same(5000, 100)).every((signals) => signals === 0)).toBe(true)
    const batches = Array.from({ length: 20 }, () => [3000, ...same(29, 0)]).flat()
    expect(count(batches).every((signals) => signals === 0)).toBe(true)
  })
  it("warns of a rate far above the learned one, then calls it a flood, each within its burst", () => {
    const signals = count([...same(20, 1000), ...same(400, 1)]).slice(20)
    const rate = signals.findIndex((s) => (s & RATE_HIGH) !== 0)
    const flood = signals.findIndex((s) => (s & FLOODED) !== 0)
    expect(rate).toBeGreaterThan(0)
    expect(rate).toBeLessThan(70)
    expect(flood).toBeGreaterThan(rate)
    expect(flood).toBeLessThan(220)
  })
  it("calms within seconds of the end of a flood", () => {
    const signals = count([...same(1000, 1), 10_000, ...same(10, 1000)])
    expect(signals.slice(1000).every((s) => s === 0)).toBe(true)
  })
  it("names a silence far beyond the learned gap, not one below the floor", () => {
    const hours = 3_600_000
    expect(count([...same(20, 1000), 0.9 * hours]).at(-1)).toBe(0)
    expect(count([...same(20, 1000), 2 * hours]).at(-1)).toBe(SILENCE)
    expect(count([...same(20, 0.5 * hours), 8 * hours]).at(-1)).toBe(0)
  })
})
