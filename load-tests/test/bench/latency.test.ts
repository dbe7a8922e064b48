import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { Matcher, Step } from "../../src/bench/latency.ts"
import { independentArrivals, runLoad, type Send } from "../../src/bench/schedule.ts"
import type { Message } from "../../src/bench/workload.ts"

describe("Matcher", () => {
  it("counts from when a message was due, whichever is heard of first", () => {
    const [matcher, step] = [new Matcher(), new Step()]
    matcher.expect(true)
    matcher.sent(0, 7, 100, step, true)
    matcher.decided(0, 7, 130)
    matcher.decided(1, 7, 150)
    matcher.sent(1, 7, 100, step, true)
    expect(step.percentiles()).toMatchObject({ count: 2, max: expect.closeTo(50, 0) })
    expect(step.decided).toBe(2)
  })

  it("waits for messages of the warm-up without measuring them, and forgets what nobody waits for", () => {
    const [matcher, step] = [new Matcher(), new Step()]
    matcher.decided(0, 1, 10)
    matcher.expect(true)
    matcher.sent(0, 1, 5, step, true)
    expect(step.decided).toBe(0)
    matcher.decided(0, 1, 20)
    matcher.sent(0, 2, 5, step, false)
    matcher.decided(0, 2, 20)
    expect(step).toMatchObject({ decided: 2 })
    expect(step.percentiles().count).toBe(1)
  })
})

it("keeps the longest latency of each second in which messages were due", () => {
  const step = new Step()
  step.measured(1_000, 1_030)
  step.measured(1_900, 1_910)
  step.measured(3_100, 3_950)
  step.measured(3_200, 3_210)
  expect(step.worst).toEqual([30, 0, 850])
})

const message = { partition: 0 } as Message

/** A target that decides at once, but stands still for a while when the message `stallAt` comes. */
const stalling = (matcher: Matcher, stallAt: number, stallMs: number): Send => {
  let offset = 0
  let gate: Promise<unknown> = Promise.resolve()
  return async (messages) => {
    const places = messages.map(() => ({ partition: 0, offset: offset++ }))
    const own = gate
    if (places.some((place) => place.offset === stallAt)) gate = sleep(stallMs)
    void own.then(() => {
      const now = performance.now()
      for (const place of places) matcher.decided(place.partition, place.offset, now)
    })
    return places
  }
}

describe("runLoad", () => {
  const options = { rate: 500, warmUpSeconds: 0.2, patienceSeconds: 5, maxOpen: 10_000 }
  const messages = Array.from({ length: 500 }, () => message)

  it("goes on sending while the target stands still, and counts all that waited", async () => {
    const matcher = new Matcher()
    const send = stalling(matcher, 200, 300)
    const { step, finished } = await runLoad(messages, { ...options, send, matcher })
    expect(finished).toBe(true)
    const { count, max, p50 } = step.percentiles()
    expect(count).toBe(400)
    // A closed loop would have seen one slow message; here those due during the stall waited, 150 of them on a quiet machine.
    expect(max).toBeGreaterThan(250)
    expect(step.histogram.getValueAtPercentile(75) / 1000).toBeGreaterThan(p50)
    expect(step.histogram.getValueAtPercentile(85) / 1000).toBeGreaterThan(50)
  })

  it("ends when too much is open, and says that it did not finish", async () => {
    const matcher = new Matcher()
    let offset = 0
    const send: Send = async (some) => some.map(() => ({ partition: 0, offset: offset++ }))
    const { step, finished, backlog } = await runLoad(messages, {
      ...{ ...options, send, matcher },
      ...{ maxOpen: 100, patienceSeconds: 0.01 },
    })
    expect(finished).toBe(false)
    expect(step.sent).toBeLessThan(messages.length)
    expect(backlog.end).toBeGreaterThan(100)
  })

  it("fails where sending fails", async () => {
    const send: Send = () => Promise.reject(new Error("no way in"))
    await expect(runLoad(messages, { ...options, send, matcher: new Matcher() })).rejects.toThrow("no way in")
  })
})

it("independent arrivals fill the whole time, and lie together and apart", () => {
  const due = independentArrivals(10_000, "a")
  expect(due).toEqual(due.toSorted((a, b) => a - b))
  expect(independentArrivals(10_000, "a")).toEqual(due)
  expect(due[0]).toBeGreaterThanOrEqual(0)
  expect(due.at(-1)).toBeLessThan(1)
  // Of gaps that know nothing of each other the share 1 / e is longer than the mean.
  const longer = due.filter((one, nth) => one - (due[nth - 1] ?? 0) > 1 / 10_000).length / 10_000
  expect(longer).toBeCloseTo(Math.exp(-1), 1)
})
