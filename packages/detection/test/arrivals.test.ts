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
  return gaps.map((gap, seq) => {
    time += gap
    return countMessage(device, { time, iat: Math.floor(time / 1000), epo: 0, seq }, true, config)
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

describe("what a carrier does with messages that the device signed in time", () => {
  const played = (of: ReadonlyArray<{ readonly time: number; readonly seq: number; readonly iat?: number }>) => {
    const device = newDevice(0)
    return of.map(({ time, seq, iat = seq }) => countMessage(device, { time, iat, epo: 0, seq }, true, config))
  }
  const silent = (signals: ReadonlyArray<number>) => expect(signals.every((one) => one === 0)).toBe(true)

  it("is no flood and no rate where it holds them and lets them go at once", () => {
    // One a second for ever; those of 180 s, then those of an hour, arrive within a second.
    silent(
      played(
        Array.from({ length: 5000 }, (_, seq) => ({
          seq,
          time: (seq >= 200 && seq < 380 ? 380 : seq >= 1000 && seq < 4600 ? 4600 : seq) * 1000,
        })),
      ),
    )
  })
  it("is no rate where the very first ones are held: nobody knows how far behind their clock is", () => {
    const held = Array.from({ length: 400 }, (_, seq) => ({ seq, iat: 1_000 + 60 * seq, time: 26_000_000 }))
    silent(played([...held, ...held.map(({ seq, iat }) => ({ seq: 400 + seq, iat: iat + 24_000, time: 50_000_000 }))]))
  })
  it("is no silence where it drops them", () => {
    const every = Array.from({ length: 20 }, (_, seq) => ({ seq, time: seq * 1000 }))
    silent(played([...every, { seq: 20 + 86_400, time: (20 + 86_400) * 1000 }]))
    // The device that signed none meanwhile was silent itself.
    expect(played([...every, { seq: 20, iat: 20 + 86_400, time: (20 + 86_400) * 1000 }]).at(-1)).toBe(SILENCE)
  })
  it("counts for nothing where one overtakes another, and a position that begins anew goes on", () => {
    const device = newDevice(0)
    const say = (seq: number, iat: number, epo = 7) =>
      countMessage(device, { time: 1_000_000 + iat * 1000, iat, epo, seq }, true, config)
    for (let seq = 1; seq <= 300; seq++) say(seq, seq)
    const fill = device.flood
    for (let seq = 299; seq > 50; seq--) expect(say(seq, seq)).toBe(0)
    expect([device.flood, device.counter]).toEqual([fill, 300])
    say(0, 400, 0)
    expect([device.epoch, device.counter]).toEqual([0, 0])
  })
  it("does not excuse a flood by a clock that runs ahead: no more than the clock can claim", () => {
    // Each of 2,000 messages within a second signs the same second.
    const signals = played(Array.from({ length: 2000 }, (_, seq) => ({ seq, iat: 10, time: 10_000 + (seq >> 1) })))
    expect(signals.some((one) => (one & FLOODED) !== 0)).toBe(true)
  })
  it("is a flood where the device signs a future that it has not waited for, also with a clock that is ahead", () => {
    for (const ahead of [0, 50]) {
      const honest = Array.from({ length: 60 }, (_, seq) => ({
        seq,
        iat: 1000 + seq + ahead,
        time: (1000 + seq) * 1000,
      }))
      const burst = Array.from({ length: 400 }, (_, i) => ({
        seq: 60 + i,
        iat: 1060 + ahead + (i >> 2),
        time: 1_060_000,
      }))
      expect(played([...honest, ...burst]).some((one) => (one & RATE_HIGH) !== 0)).toBe(true)
    }
  })
})
