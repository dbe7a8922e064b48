import { afterEach, describe, expect, it, vi } from "vitest"
import { Pace } from "../../src/runner/commit-pace.ts"

const MANY = 2_048
const never = new AbortController().signal

/** Whether it is over before any timer could fire. */
const atOnce = (work: Promise<void>): Promise<boolean> =>
  Promise.race([work.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))])

/** What the clock shows from now on; timers run as they do. */
const timeIs = (ms: number) => vi.spyOn(performance, "now").mockReturnValue(ms)
afterEach(() => {
  vi.restoreAllMocks()
})

describe("Pace", () => {
  it("does nothing where there is no linger", async () => {
    const pace = new Pace(0, MANY)
    expect(pace.isFew(1)).toBe(false)
    pace.begins(1)
    expect(await atOnce(pace.rest(never))).toBe(true)
  })

  it("rests between two commits of few records, counted from the beginning of the first", async () => {
    const pace = new Pace(600_000, MANY)
    timeIs(1_000)
    expect(pace.isFew(1)).toBe(true)
    pace.begins(1)
    timeIs(600_950)
    const resting = pace.rest(never)
    expect(await atOnce(resting)).toBe(false)
    await resting // 50 ms, where it was 10 minutes from the end of the first
    timeIs(601_000)
    expect(await atOnce(pace.rest(never))).toBe(true)
  })

  it("never rests before the first, after a long rest, or after many records", async () => {
    const pace = new Pace(60_000, MANY)
    await pace.rest(never)
    expect(pace.isFew(MANY)).toBe(false)
    pace.begins(MANY)
    await pace.rest(never)
    timeIs(1_000)
    pace.begins(1)
    timeIs(61_000)
    expect(await atOnce(pace.rest(never))).toBe(true)
  })

  it("takes a full batch for many, however small it is", async () => {
    const pace = new Pace(60_000, 2)
    expect(pace.isFew(1)).toBe(true)
    expect(pace.isFew(2)).toBe(false)
    pace.begins(2)
    await pace.rest(never)
  })

  it("ends its rest when the runner is stopped", async () => {
    const pace = new Pace(60_000, MANY)
    const stop = new AbortController()
    pace.begins(1)
    const resting = pace.rest(stop.signal)
    stop.abort()
    await resting
    await pace.rest(stop.signal)
  })
})
