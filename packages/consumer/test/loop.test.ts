import { LostRecordsError, UnavailableError } from "@assay/log"
import { describe, expect, it, vi } from "vitest"
import type { Handler } from "../src/handler.ts"
import { type LoopOptions, type Problem, runLoop } from "../src/loop.ts"
import { AT, Collector, recordsOf, testLog } from "./support.ts"

const PAUSES = { firstMs: 5, longestMs: 20 }
const optionsOf = (log: LoopOptions["log"], changed: Partial<LoopOptions> = {}): LoopOptions => ({
  log,
  at: AT,
  idleMs: 5_000,
  pauses: PAUSES,
  atStop: "step",
  onProblem: () => undefined,
  ...changed,
})
const names = (from: number, to: number): ReadonlyArray<string> =>
  Array.from({ length: to - from }, (_, n) => String(from + n))

describe("a loop", () => {
  it("handles what stands and what comes, in order, and says when it is through", async () => {
    const log = await testLog()
    await log.append(AT, recordsOf(...names(0, 10)))
    const handler = new Collector(log, 4)
    const loop = runLoop(handler, optionsOf(log))
    await loop.settled()
    expect(handler.seen).toEqual(names(0, 10))
    await log.append(AT, recordsOf(...names(10, 13)))
    await loop.settled()
    expect(handler.seen).toEqual(names(0, 13))
    await loop.check()
    expect(loop.metrics()).toMatchObject({ handled: 13, failures: 0, failing: false, halted: false, ms: 0, records: 0 })
    await loop.stop()
  })

  it("finishes the step in hand when stopped, and no other", async () => {
    const log = await testLog()
    await log.append(AT, recordsOf(...names(0, 10)))
    const begun = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const handler = new Collector(log, 4, async () => {
      begun.resolve()
      await goOn.promise
    })
    const loop = runLoop(handler, optionsOf(log))
    await begun.promise
    const stopped = loop.stop()
    goOn.resolve()
    await stopped
    expect(handler.seen).toEqual(names(0, 4))
  })

  it("handles all that stands before it stops, where asked to", async () => {
    const log = await testLog()
    const handler = new Collector(log, 4)
    const loop = runLoop(handler, optionsOf(log, { atStop: "all", gather: { ms: 60_000, records: 1_000 } }))
    await loop.settled()
    await log.append(AT, recordsOf(...names(0, 9)))
    await loop.stop()
    expect(handler.seen).toEqual(names(0, 9))
  })

  it("stops at what stood when it was asked to, however fast others write", async () => {
    const log = await testLog()
    let written = 0
    const write = (): Promise<unknown> => log.append(AT, recordsOf(String(written++)))
    const handler = new Collector(log, 4, async () => {
      await write()
    })
    const loop = runLoop(handler, optionsOf(log, { atStop: "all", gather: { ms: 60_000, records: 1_000 } }))
    for (let n = 0; n < 9; n++) await write()
    await loop.stop()
    expect(handler.seen.slice(0, 9)).toEqual(names(0, 9))
    expect(handler.steps).toBeLessThan(10)
  })

  it("gathers records to handle them at once", async () => {
    const log = await testLog()
    const handler = new Collector(log, 100)
    const loop = runLoop(handler, optionsOf(log, { gather: { ms: 60_000, records: 3 } }))
    await loop.settled()
    const { steps } = handler
    for (const name of names(0, 3)) await log.append(AT, recordsOf(name))
    await loop.settled()
    expect(handler.seen).toEqual(names(0, 3))
    expect(handler.steps).toBe(steps + 1)
    await loop.stop()
  })

  it("takes a failed step again, for as long as it takes", async () => {
    const log = await testLog()
    await log.append(AT, recordsOf("a"))
    const problems: Array<Problem> = []
    const handler = new Collector(log, 4, (step) => {
      if (step <= 6) throw new UnavailableError("away")
    })
    const loop = runLoop(handler, optionsOf(log, { onProblem: (problem) => problems.push(problem) }))
    await loop.settled()
    expect(handler.seen).toEqual(["a"])
    expect(loop.metrics()).toMatchObject({ failures: 6, failing: false })
    expect(problems.map(({ what, halted }) => [what, halted])).toEqual(Array(6).fill(["step", false]))
    await loop.stop()
  })

  it("goes on at once after a step that only found out where it stands", async () => {
    const log = await testLog()
    await log.append(AT, recordsOf("a"))
    const inner = new Collector(log, 4)
    let asked = false
    const handler: Handler = {
      get next() {
        return inner.next
      },
      step: async () => {
        if (asked) return inner.step()
        asked = true
        return { handled: 0, atEnd: false }
      },
    }
    const loop = runLoop(handler, optionsOf(log, { idleMs: 3_600_000 }))
    await vi.waitFor(() => expect(inner.seen).toEqual(["a"]), { timeout: 5_000 })
    await loop.stop()
  })

  it("halts for good where records are lost, and says so to everybody who waits", async () => {
    const log = await testLog()
    await log.append(AT, recordsOf("a"))
    const problems: Array<Problem> = []
    const handler = new Collector(log, 4, () => {
      throw new LostRecordsError(AT.stream, 0, 0, { start: 4 })
    })
    const loop = runLoop(handler, optionsOf(log, { onProblem: (problem) => problems.push(problem) }))
    await expect(loop.settled()).rejects.toThrow(LostRecordsError)
    await expect(loop.stop()).rejects.toThrow(LostRecordsError)
    expect(problems.map(({ halted }) => halted)).toEqual([true])
    expect(handler.steps).toBe(1)
    expect(loop.metrics()).toMatchObject({ halted: true })
  })

  it("uses a quiet moment", async () => {
    const log = await testLog()
    const inner = new Collector(log, 4)
    const idle = vi.fn(async () => undefined)
    const loop = runLoop(Object.assign(inner, { idle }), optionsOf(log, { idleMs: 5 }))
    await vi.waitFor(() => expect(idle.mock.calls.length).toBeGreaterThan(1), { timeout: 5_000 })
    await loop.stop()
  })

  it("alarms while the oldest record waits too long, and once more when that is over", async () => {
    const log = await testLog(1, () => 1_000)
    await log.append(AT, recordsOf("a", "b"))
    const ages: Array<number> = []
    const goOn = Promise.withResolvers<void>()
    const handler = new Collector(log, 4, () => goOn.promise)
    const options = { alarmAfterMs: 50, onAlarm: (ms: number) => ages.push(ms), now: () => 1_090 }
    const loop = runLoop(handler, optionsOf(log, options))
    await loop.check()
    await loop.check()
    expect(ages).toEqual([90, 90])
    expect(loop.metrics()).toMatchObject({ ms: 90, records: 2 })
    goOn.resolve()
    await loop.settled()
    await loop.check()
    await loop.check()
    expect(ages).toEqual([90, 90, 0])
    await loop.stop()
  })

  it("tells once of a step that hangs", async () => {
    const log = await testLog()
    const problems: Array<Problem> = []
    const goOn = Promise.withResolvers<void>()
    const handler = new Collector(log, 4, () => goOn.promise)
    const loop = runLoop(handler, optionsOf(log, { stallMs: 0, onProblem: (problem) => problems.push(problem) }))
    await vi.waitFor(async () => {
      await loop.check()
      expect(problems.length).toBeGreaterThan(0)
    })
    await loop.check()
    expect(problems.map(({ what }) => what)).toEqual(["stall"])
    goOn.resolve()
    await loop.stop()
  })

  it("outlives a log that cannot tell the lag", async () => {
    const log = await testLog()
    const problems: Array<Problem> = []
    const handler = Object.assign(new Collector(log, 4), {
      position: () => Promise.reject(new UnavailableError("away")),
    })
    const loop = runLoop(handler, optionsOf(log, { onProblem: (problem) => problems.push(problem) }))
    await loop.check()
    expect(problems.map(({ what, halted }) => [what, halted])).toEqual([["lag", false]])
    await loop.stop()
  })
})
