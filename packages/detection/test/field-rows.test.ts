/** Series of real machines that earlier versions punished: what is said of each, message by message. */
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../src/config.ts"
import { observe, reasonsOf } from "../src/detectors/index.ts"
import { addMeasurement } from "../src/device.ts"
import { times, values } from "./detectors/series.ts"
import { newDevice, play } from "./device.ts"
import { seeded } from "./series.ts"

const MINUTE = 60
const DAY = 86_400

const said = (alarms: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => alarms.flat()

/** Whether a device that sends these values, so many seconds apart, is ever watched. */
const watched = (series: ReadonlyArray<number>, seconds: number): boolean =>
  play(
    series.map((value) => [value]),
    seconds * 1000,
  ).watchedAt >= 0

describe("what only rests or counts is fine", () => {
  it("a meter that counts one a minute", () => {
    expect(
      said(
        values(
          times(3000, (i) => 1000 + i),
          config,
          MINUTE,
        ),
      ),
    ).toEqual([])
  })
  it("a water meter: litres by day, constant by night, for a month", () => {
    const random = seeded(3)
    let litres = 0
    const month = times(96 * 30, (i) => {
      const hour = (i / 4) % 24
      if (hour > 6 && hour < 23) litres += 1 + Math.floor(random() * 12)
      return litres
    })
    // It begins at midnight: a value that has never moved.
    expect(said(values(month, config, 15 * MINUTE))).toEqual(["anomaly.constant_moved"])
  })
  it("a battery: 100 x 20, 99 x 20, 98 x 200: its first step is reported, and no other", () => {
    const battery = [...times(20, () => 100), ...times(20, () => 99), ...times(200, () => 98)]
    expect(said(values(battery, config, MINUTE))).toEqual(["anomaly.constant_moved"])
  })
  it("a valve: 0 x 20, 100 x 5, 0 x 200, and again", () => {
    const valve = [...times(20, () => 0), ...times(5, () => 100), ...times(200, () => 0)]
    expect(said(values([...valve, ...valve, ...valve], config, MINUTE))).toEqual(["anomaly.constant_moved"])
  })
  it("a flow that is nothing at night", () => {
    const flow = times(288 * 5, (i) => Math.max(0, Math.round(500 * Math.sin((2 * Math.PI * i) / 288) + (i % 3))))
    expect(said(values(flow, config, 5 * MINUTE)).includes("anomaly.stuck")).toBe(false)
    expect(watched(flow, 5 * MINUTE)).toBe(false)
  })
})

describe("how often a value is sampled changes nothing", () => {
  for (const perDay of [24, 48, 96, 1440])
    it(`a day's course, ${perDay} samples a day: nobody is watched after the first two hours, and few messages are reported`, () => {
      const course = times(4 * perDay, (i) => 20 + 10 * Math.sin((2 * Math.PI * i) / perDay))
      const alarms = values(course, config, DAY / perDay)
      expect(said(alarms.slice(perDay * 1.2))).toEqual([])
      expect(said(alarms.slice(0, perDay)).length).toBeLessThanOrEqual(perDay / 10)
    })
  it("outdoor air once a minute for three days: less than one message in a hundred", () => {
    const random = seeded(5)
    const air = times(3 * 1440, (i) => 12 + 5 * Math.sin((2 * Math.PI * (i - 400)) / 1440) + 0.1 * (random() - 0.5))
    expect(said(values(air, config, MINUTE)).length).toBeLessThan(43)
  })
})

describe("one reading is one witness", () => {
  it("plateaus with steps never quarantine, whatever they look like", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed)
      let level = 10
      const rows = times(1000, () => {
        if (random() < 0.02) level = 10 * (1 + Math.floor(random() * 6))
        return [level]
      })
      expect(play(rows, 60_000).quarantinedAt).toBe(-1)
    }
  })
})

describe("what was reported", () => {
  it("a constant that jumps from 50 to 500 is judged, once, and 50 again is nothing", () => {
    const jump = values([...times(40, () => 50), ...times(40, () => 500), ...times(40, () => 50)], config, MINUTE)
    expect(jump[40]).toEqual(["anomaly.constant_moved"])
    expect(said(jump)).toHaveLength(1)
    expect(values([...times(40, () => 50), ...times(9, () => 51), 500], config, MINUTE)[49]).toEqual([
      "anomaly.new_state",
    ])
  })
  it("raises no suspicion on the first day, and does so in the first hours and later", () => {
    const gains = (start: number): boolean => {
      const measurement = addMeasurement(newDevice(0), 1)
      const random = seeded(9)
      let signals = 0
      for (let i = 0; i < 60; i++) signals |= look(measurement, 20 + random(), i * MINUTE)
      signals = look(measurement, 500, start)
      expect(reasonsOf(signals).length).toBeGreaterThan(0)
      return signals < 1 << 15
    }
    const look = (measurement: ReturnType<typeof addMeasurement>, value: number, time: number): number =>
      observe(measurement, value, { time, learn: true, free: false }, config)
    expect(gains(61 * MINUTE)).toBe(true)
    expect(gains(10 * 60 * MINUTE)).toBe(false)
    expect(gains(27 * 60 * MINUTE)).toBe(true)
  })
})
