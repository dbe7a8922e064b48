import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../src/config.ts"
import { observe, reasonsOf } from "../src/detectors/index.ts"
import { addMeasurement } from "../src/device.ts"
import { countRelearning, isRelearning, openRelearning, RELEARNING, seeFirmware } from "../src/relearning.ts"
import { noisy, values } from "./detectors/series.ts"
import { newDevice } from "./device.ts"

describe("re-learning", () => {
  it("opens for another firmware once for each version, not for the first, nor for going to and fro", () => {
    const device = newDevice(0)
    const opened = [1, 1, 2, 1, 2, 3, 2, 1].map((version) => {
      seeFirmware(device, version)
      const opens = device.relearning === RELEARNING
      device.relearning = 0
      return opens
    })
    expect(opened).toEqual([false, false, true, false, false, true, false, false])
  })
  it.each(["watched", "probation"] as const)("opens none by the word of a device that is %s, but after it", (trust) => {
    const device = newDevice(0)
    seeFirmware(device, 1)
    device.trust = trust
    seeFirmware(device, 2)
    expect(device.relearning).toBe(0)
    device.trust = "trusted"
    seeFirmware(device, 2)
    expect(device.relearning).toBe(RELEARNING)
  })
  it("ends after a bounded number of messages", () => {
    const device = newDevice(0)
    openRelearning(device)
    let messages = 0
    for (; isRelearning(device); messages++) countRelearning(device)
    expect(messages).toBe(RELEARNING)
  })
  it("learns a new sensor at once: 21 becomes 69.8, reported without suspicion, and is known afterwards", () => {
    const measurement = addMeasurement(newDevice(0), 1)
    values(noisy(400), config, 60, measurement)
    const moved = noisy(RELEARNING, 2).map((value) => value + 49)
    const free = moved.map((value, i) =>
      observe(measurement, value, { time: 1_700_024_000 + i * 60, learn: true, free: true }, config),
    )
    expect(reasonsOf(free[0]!).length).toBeGreaterThan(0)
    expect(free.every((signals) => signals === 0 || signals >= 1 << 15)).toBe(true)
    const after = noisy(100, 3).map((value, i) =>
      observe(measurement, value + 49, { time: 1_700_030_000 + i * 60, learn: true, free: false }, config),
    )
    expect(after.filter((signals) => signals !== 0)).toEqual([])
  })
})
