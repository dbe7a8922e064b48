import { describe, expect, it } from "vitest"
import { trustOf } from "../src/standing.ts"
import { play } from "./device.ts"
import { replay } from "./series.ts"

describe("honest hourly weather, seeded phase and small noise, a tenth of a second apart: no hour of the day is known", () => {
  for (const [messages, noise, digits] of [
    [30, 0, 1],
    [30, 0.05, 2],
    [300, 0, 1],
    [300, 0.05, 2],
    [300, 0.3, 2],
  ] as const)
    it(`trusts 300 devices in ${messages} messages at noise ${noise}`, () => {
      let alarms = 0
      const watched: Array<number> = []
      for (let seed = 1; seed <= 300; seed++) {
        const trace = play(replay(seed * 7919, messages, noise, digits), 100)
        if (trace.watchedAt >= 0) watched.push(seed)
        else expect(trustOf(trace.device), `seed ${seed}`).toBe("trusted")
        expect(trace.quarantinedAt, `seed ${seed}`).toBe(-1)
        alarms += trace.alarms
      }
      // At one hour of the record, the turn of the year, pressure rises by half of what it ranged in the ten days before.
      expect(watched.length).toBeLessThanOrEqual(messages < 300 ? 0 : 2)
      // A warning costs a message its `verified`: at most one in 120 may get one while so little is known.
      expect(alarms).toBeLessThanOrEqual((300 * messages) / 120)
    })
})

type Attack = (row: ReadonlyArray<number>, k: number, before: ReadonlyArray<number>) => ReadonlyArray<number>

const attacks: ReadonlyArray<
  readonly [name: string, attack: Attack, reason: string, within: Readonly<Record<20 | 60, number>>]
> = [
  [
    "temperature driven up by 2 a message",
    ([p, t, w], k) => [p!, t! + 2 * k, w!],
    "anomaly.novel_range",
    { 20: 48, 60: 20 },
  ],
  [
    "all values driven up by 1 % a message",
    (row, k) => row.map((v) => v * (1 + k / 100)),
    "anomaly.novel_range",
    { 20: 8, 60: 6 },
  ],
  ["a stuck thermometer", ([p, , w], _k, before) => [p!, before[1]!, w!], "anomaly.stuck", { 20: 20, 60: 20 }],
  ["a stuck pack", (_row, _k, before) => before, "anomaly.stuck", { 20: 20, 60: 20 }],
  ["a jump of 40", ([p, t, w]) => [p!, t! + 40, w!], "anomaly.novel_range", { 20: 10, 60: 10 }],
]

// After 20 messages the range of a day is hardly known: a drift of 0.7 a message is seen in one device of three then.
for (const honest of [20, 60] as const)
  describe(`attacks on values after ${honest} honest messages`, () => {
    for (const [name, attack, reason, within] of attacks)
      it(`watches ${name} within ${within[honest]} messages and never quarantines it alone`, () => {
        for (let seed = 1; seed <= 50; seed++) {
          const rows = replay(seed * 104_729, honest + 80, 0.05, 2)
          const trace = play(
            rows.map((row, i) => (i < honest ? row : attack(row, i - honest + 1, rows[honest - 1]!))),
            1000,
          )
          expect(trace.watchedAt, `seed ${seed}`).toBeGreaterThanOrEqual(honest)
          expect(trace.watchedAt, `seed ${seed}`).toBeLessThan(honest + within[honest])
          expect(trace.reasons).toContain(reason)
          expect(trace.quarantinedAt).toBe(-1)
        }
      })
  })

describe("an attacker's values", () => {
  it("are not known after two hundred messages, and the device's own still are", () => {
    const rows = replay(5, 200, 0.05, 2)
    const driven = play(rows.map((row, i) => (i < 20 ? row : row.map((v) => v + 100))))
    expect(trustOf(driven.device)).toBe("watched")
    const back = play(rows.slice(0, 60), 1000, driven.device)
    expect(trustOf(back.device)).toBe("trusted")
  })
})
