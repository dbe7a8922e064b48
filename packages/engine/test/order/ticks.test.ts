import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { expect, it, vi } from "vitest"
import { startTicks } from "../../src/order/ticks.ts"

it("ticks only the partitions that are ours now, and a slow one keeps no other waiting", async () => {
  vi.useFakeTimers()
  try {
    const ticked: Array<number> = []
    const slow = Promise.withResolvers<void>()
    const append: Log["append"] = async ({ stream, partition }) => {
      expect(stream).toBe(STREAMS.submitted)
      ticked.push(partition)
      if (partition === 1) await slow.promise
      if (partition === 2) throw new Error("no broker")
      return { offset: 0, time: 0 }
    }
    let ours = [0, 1]
    const errors: Array<unknown> = []
    const log = { append } as Log
    const ticks = startTicks(log, { everyMs: 10, partitions: () => ours, onError: (cause) => errors.push(cause) })
    await vi.advanceTimersByTimeAsync(30)
    expect(ticked).toEqual([0, 1, 0, 0])
    ours = [2]
    await vi.advanceTimersByTimeAsync(20)
    expect(ticked).toEqual([0, 1, 0, 0, 2, 2])
    expect(errors).toHaveLength(2)
    const stopped = ticks.stop()
    slow.resolve()
    await stopped
    await vi.advanceTimersByTimeAsync(100)
    expect(ticked).toHaveLength(6)
  } finally {
    vi.useRealTimers()
  }
})
