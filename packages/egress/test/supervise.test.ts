/** An export beside judging: what it needs may be away at the start, and nobody waits for it. */
import { LostRecordsError } from "@assay/log"
import { describe, expect, it, vi } from "vitest"
import type { EgressMetrics, RunningEgress } from "../src/run.ts"
import { type SupervisedOptions, superviseEgress } from "../src/supervise.ts"

const DONE: EgressMetrics = {
  exported: 7,
  bytes: 70,
  deadLetters: 0,
  refused: 0,
  passedBy: 0,
  summarised: 0,
  failures: 2,
  up: 1,
  lagRecords: 0,
  lagMs: 0,
}

const running = (changed: Partial<RunningEgress> = {}): RunningEgress => ({
  metrics: () => DONE,
  settled: async () => undefined,
  halted: new Promise<never>(() => undefined),
  stop: async () => undefined,
  ...changed,
})

const supervised = (start: SupervisedOptions["start"], changed: Partial<SupervisedOptions> = {}) => {
  const problems: Array<string> = []
  const sink = superviseEgress({
    start,
    pauses: { firstMs: 1, longestMs: 2 },
    onProblem: (what, cause) => problems.push(`${what}: ${(cause as Error).message}`),
    onHalted: (cause) => problems.push(`halted: ${(cause as Error).message}`),
    ...changed,
  })
  return { sink, problems }
}

describe("a supervised export", () => {
  it("is started again until what it needs is there; its retries count", async () => {
    let away = 3
    const { sink, problems } = supervised(async () => {
      if (away-- > 0) throw new Error("no such directory")
      return running()
    })
    expect(sink.status()).toBe("starting")
    expect(sink.metrics()).toMatchObject({ up: 0, exported: 0 })
    await sink.settled()
    expect(sink.status()).toBe("running")
    expect(sink.metrics()).toEqual({ ...DONE, failures: 2 + 3 })
    expect(problems).toEqual(Array(3).fill("it could not be started, and is tried again: no such directory"))
    expect(await sink.stop()).toBe(true)
    expect(sink.status()).toBe("stopped")
  })

  it("says that it has halted, and goes on with its other streams", async () => {
    const halt = Promise.withResolvers<never>()
    const { sink, problems } = supervised(async () => running({ halted: halt.promise }))
    await sink.settled()
    halt.reject(new LostRecordsError("telemetry.verified.v1", 0, 3, { start: 5 }))
    await vi.waitFor(() => expect(sink.status()).toBe("halted"))
    expect(problems).toEqual([expect.stringMatching(/^halted: .*are gone before they were read/)])
    expect(await sink.stop()).toBe(true)
  })

  it("is stopped while it could not be started", async () => {
    const { sink } = supervised(async () => Promise.reject(new Error("away")), {
      pauses: { firstMs: 60_000, longestMs: 60_000 },
    })
    const settled = sink.settled()
    expect(await sink.stop()).toBe(true)
    await expect(settled).rejects.toThrow("stopped before it had started")
  })

  it("is abandoned where the batch in hand does not end", async () => {
    const { sink } = supervised(async () => running({ stop: () => new Promise(() => undefined) }), { stopMs: 20 })
    await sink.settled()
    expect(await sink.stop()).toBe(false)
  })

  it("is stopped though its start hangs, and stops what comes of it", async () => {
    const opening = Promise.withResolvers<RunningEgress>()
    const { sink } = supervised(() => opening.promise, { stopMs: 20 })
    expect(await sink.stop()).toBe(false)
    const stop = vi.fn(async () => undefined)
    opening.resolve(running({ stop }))
    await vi.waitFor(() => expect(stop).toHaveBeenCalledOnce())
  })
})
