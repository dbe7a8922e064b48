import { describe, expect, it } from "vitest"
import { trustOf } from "../src/standing.ts"
import { play } from "./device.ts"
import { replay } from "./series.ts"

describe("honest hourly weather, seeded phase and small noise", () => {
  for (const [messages, noise, digits] of [
    [30, 0, 1],
    [30, 0.05, 2],
    [300, 0, 1],
    [300, 0.05, 2],
    [300, 0.3, 2],
  ] as const)
    it(`never watches one of 300 devices in ${messages} messages at noise ${noise}, and trusts them all`, () => {
      let alarms = 0
      for (let seed = 1; seed <= 300; seed++) {
        const trace = play(replay(seed * 7919, messages, noise, digits), 100)
        expect(trace.watchedAt, `seed ${seed}`).toBe(-1)
        expect(trustOf(trace.device), `seed ${seed}`).toBe("trusted")
        alarms += trace.alarms
      }
      // A warning costs a message its `verified`: at most one in a thousand may get one.
      expect(alarms).toBeLessThanOrEqual((300 * messages) / 1000)
    })
})

type Attack = (row: ReadonlyArray<number>, k: number, before: ReadonlyArray<number>) => ReadonlyArray<number>

const attacks: ReadonlyArray<readonly [name: string, attack: Attack, reason: string, within: number]> = [
  ["temperature driven up by 2 a message", ([p, t, w], k) => [p!, t! + 2 * k, w!], "anomaly.drift", 45],
  ["all values driven up by 1 % a message", (row, k) => row.map((v) => v * (1 + k / 100)), "anomaly.drift", 30],
  ["a stuck thermometer", ([p, , w], _k, before) => [p!, before[1]!, w!], "anomaly.stuck", 20],
  ["a stuck pack", (_row, _k, before) => before, "anomaly.stuck", 20],
  ["a jump of 40", ([p, t, w]) => [p!, t! + 40, w!], "anomaly.novel_range", 10],
]

describe("attacks on values after 20 honest messages", () => {
  for (const [name, attack, reason, within] of attacks)
    it(`watches ${name} within ${within} messages and never quarantines it alone`, () => {
      for (let seed = 1; seed <= 100; seed++) {
        const rows = replay(seed * 104_729, 20 + 80, 0.05, 2)
        const trace = play(
          rows.map((row, i) => (i < 20 ? row : attack(row, i - 19, rows[19]!))),
          1000,
        )
        expect(trace.watchedAt, `seed ${seed}`).toBeGreaterThanOrEqual(20)
        expect(trace.watchedAt, `seed ${seed}`).toBeLessThan(20 + within)
        expect(trace.reasons).toContain(reason)
        expect(trace.quarantinedAt).toBe(-1)
      }
    })

  it("does not learn the attacker's values while watched", () => {
    const rows = replay(5, 200, 0.05, 2)
    const driven = play(rows.map((row, i) => (i < 20 ? row : row.map((v) => v + 100))))
    expect(trustOf(driven.device)).toBe("watched")
    const back = play(rows.slice(0, 60), 1000, driven.device)
    expect(trustOf(back.device)).toBe("trusted")
  })
})
