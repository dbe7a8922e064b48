import { describe, expect, it } from "vitest"
import { Pace } from "../../src/runner/pace.ts"

const MANY = 2_048
const never = new AbortController().signal

/** Timers may fire a fraction of a millisecond early. */
const SLACK = 2

const timed = async (work: Promise<void>): Promise<number> => {
  const started = performance.now()
  await work
  return performance.now() - started
}

describe("Pace", () => {
  it("does nothing where there is no linger", async () => {
    const pace = new Pace(0, MANY)
    expect(pace.isFew(1)).toBe(false)
    pace.begins(1)
    expect(await timed(pace.rest(never))).toBeLessThan(20)
  })

  it("rests between two commits of few records, counted from the beginning of the first", async () => {
    const pace = new Pace(60, MANY)
    expect(pace.isFew(1)).toBe(true)
    pace.begins(1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    const rested = await timed(pace.rest(never))
    expect(rested).toBeGreaterThan(0)
    expect(rested).toBeLessThanOrEqual(60)
    expect(await timed(pace.rest(never))).toBeLessThan(SLACK + 20)
  })

  it("never rests before the first, after a long rest, or after many records", async () => {
    const pace = new Pace(60_000, MANY)
    await pace.rest(never)
    expect(pace.isFew(MANY)).toBe(false)
    pace.begins(MANY)
    await pace.rest(never)
    const quick = new Pace(10, MANY)
    quick.begins(1)
    await new Promise((resolve) => setTimeout(resolve, 10 + SLACK))
    await quick.rest(never)
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
