import { describe, expect, it } from "vitest"
import { DETECTION_DEFAULTS as config } from "../src/config.ts"
import { observe, reasonsOf } from "../src/detectors/index.ts"
import { addMeasurement } from "../src/device.ts"
import {
  countRelearning,
  isRelearning,
  OWED,
  openRelearning,
  RELEARNING,
  REOPENED_AT_ONCE,
  REOPENED_PERIOD_MS,
  seeFirmware,
} from "../src/relearning.ts"
import { noisy, values } from "./detectors/series.ts"
import { newDevice } from "./device.ts"

describe("re-learning", () => {
  it("opens for another firmware once for each version, not for the first, nor for going to and fro", () => {
    const device = newDevice(0)
    const opened = [1, 1, 2, 1, 2, 3, 2, 1].map((version) => {
      seeFirmware(device, version, 0)
      const opens = device.relearning === RELEARNING
      device.relearning = 0
      return opens
    })
    expect(opened).toEqual([false, false, true, false, false, true, false, false])
  })
  it("ends where the firmware before boots again, and opens anew for the next try, within what its word may open", () => {
    const device = newDevice(0)
    const seen = [1, 2, 2, 1, 1, 2, 1, 2, 1].map((version) => {
      seeFirmware(device, version, 0)
      const { relearning } = device
      countRelearning(device)
      return relearning
    })
    const [all, next] = [RELEARNING, RELEARNING - 1]
    // The third try finds that its word has opened two already, and paid for neither.
    expect(seen).toEqual([0, all, next, 0, 0, all, 0, 0, 0])
  })
  it("that operators have opened ends by no firmware but another one of the last", () => {
    const device = newDevice(0)
    for (const version of [1, 2]) seeFirmware(device, version, 0)
    device.relearning = 0
    seeFirmware(device, 1, 0)
    openRelearning(device)
    seeFirmware(device, 1, 0)
    expect(device.relearning).toBe(RELEARNING)
  })
  it.each(["watched", "probation"] as const)("opens none by the word of a device that is %s, but after it", (trust) => {
    const device = newDevice(0)
    seeFirmware(device, 1, 0)
    device.trust = trust
    seeFirmware(device, 2, 0)
    expect(device.relearning).toBe(0)
    device.trust = "trusted"
    seeFirmware(device, 2, 0)
    expect(device.relearning).toBe(RELEARNING)
  })
  /** Says another firmware with each message, of more than are remembered. @returns how many messages were learned from freely */
  const switching = (device: ReturnType<typeof newDevice>, messages: number, gapMs: number): number => {
    let free = 0
    for (let n = 0; n < messages; n++) {
      seeFirmware(device, 1 + (n % 9), n * gapMs)
      if (isRelearning(device)) free += 1
      countRelearning(device)
    }
    return free
  }
  it("is bounded in time, whatever firmware a device tells of and however fast it speaks", () => {
    const free = switching(newDevice(0), 100_000, 1_000)
    const periods = Math.floor((100_000 * 1_000) / REOPENED_PERIOD_MS)
    expect(free).toBeLessThanOrEqual((REOPENED_AT_ONCE + periods) * RELEARNING)
    expect(free).toBeGreaterThan(RELEARNING)
  })
  it("is a small part of a device's messages, however slowly it speaks", () => {
    const messages = 10_000
    const free = switching(newDevice(0), messages, REOPENED_PERIOD_MS)
    const share = RELEARNING / (RELEARNING + OWED)
    expect(free).toBeLessThanOrEqual(messages * share + REOPENED_AT_ONCE * RELEARNING)
    expect(free).toBeGreaterThan(messages * share * 0.9)
  })
  it("opens again for a later version once the period has passed, and by an operator's command at any time", () => {
    const device = newDevice(0)
    switching(device, 1_000, 1_000)
    expect(device.relearning).toBe(0)
    seeFirmware(device, 100, 2_000_000)
    expect(device.relearning).toBe(0)
    openRelearning(device)
    expect(device.relearning).toBe(RELEARNING)
    device.relearning = 0
    seeFirmware(device, 101, REOPENED_PERIOD_MS + 1_000)
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
