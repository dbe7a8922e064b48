import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../../src/config.ts"
import { addMeasurement } from "../../src/device.ts"
import { first, times, values } from "../detectors/series.ts"
import { newDevice } from "../device.ts"

const counting = (count: number, from = 0): Array<number> => times(count, (i) => from + 2 * i)

describe("a counter", () => {
  it("is learned from moves that only rise, and is a gauge again once it goes down too often", () => {
    const memory = addMeasurement(newDevice(0), 1)
    values(counting(60), config, 60, memory)
    expect(memory.kind).toBe("counter")
    values(
      times(80, (i) => 118 + (i % 2)),
      config,
      60,
      memory,
    )
    expect(memory.kind).toBe("gauge")
  })
  it("is not made of a gauge by a ramp, however long", () => {
    const memory = addMeasurement(newDevice(0), 1)
    values([...times(60, (i) => 20 + Math.sin(i)), ...times(2000, (i) => 20 + i)], config, 60, memory)
    expect(memory.kind).not.toBe("counter")
  })
  it("alarms on a leap, not on what a gap in signed time explains", () => {
    expect(first(values([...counting(60), 118 + 40], config, 60), "anomaly.counter_rate")).toBe(60)
    const memory = addMeasurement(newDevice(0), 1)
    values(counting(60), config, 60, memory)
    // An hour later, 60 samples' worth: one message after the gap.
    memory.at = 1_700_000_000 - 3600
    expect(values([118 + 120], config, 60, memory)).toEqual([[]])
  })
  it("may rest for ever", () => {
    expect(values([...counting(60), ...times(5000, () => 118), 120], config, 60).flat()).toEqual([])
  })
  it("tells a move back once: also each roll-over to another place, but not each day's start at nothing", () => {
    const back = values([...counting(60), ...counting(60, 50)], config, 60)
    expect(back.flat()).toEqual(["anomaly.counter_back"])
    expect(back[60]).toEqual(["anomaly.counter_back"])
    const daily = values(times(10, () => counting(96)).flat(), config, 900)
    expect(daily.flat()).toEqual(["anomaly.counter_back"])
  })
  it("never alarms on any series whose rate stays within what was learned", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 300 }), (steps) => {
        let value = 80
        const series = times(40, (i) => 2 * (i + 1))
        for (const step of steps) {
          value += step
          series.push(value)
        }
        expect(values(series, config, 60).flat()).toEqual([])
      }),
    )
  })
})
