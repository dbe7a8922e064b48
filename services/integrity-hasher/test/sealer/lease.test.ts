/** The lease on sealing: one holder at a time, followed when it is silent, and never by a clock alone. */
import type { Log } from "@assay/log"
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { LEASE_CELL, Lease } from "../../src/sealer/lease.ts"
import { openPlant } from "./plant.ts"

const LEASE_MS = 240

const openLog = async (): Promise<Log> => (await openPlant()).log

/** A process that can be stopped: what it asks of the log then waits until it goes on. */
const stoppable = ({ cells }: Log) => {
  let goOn: () => void = () => undefined
  let waiting: Promise<void> = Promise.resolve()
  return {
    cells: {
      get: async (partition: number, name: string) => {
        await waiting
        return cells.get(partition, name)
      },
      swap: async (partition: number, name: string, expected: Uint8Array | null, value: Uint8Array) => {
        await waiting
        return cells.swap(partition, name, expected, value)
      },
    },
    stop: () => {
      waiting = new Promise((resolve) => {
        goOn = resolve
      })
    },
    goOn: () => goOn(),
  }
}

const take = async (log: Pick<Log, "cells">, onWait?: (holder: string) => void): Promise<Lease> => {
  const lease = await Lease.take(log, {
    leaseMs: LEASE_MS,
    signal: AbortSignal.timeout(20_000),
    ...(onWait === undefined ? {} : { onWait }),
  })
  if (lease === null) throw new Error("no lease within 20 s")
  onTestFinished(() => lease.release())
  return lease
}

describe("a lease", () => {
  test("has one holder; what is given back is taken at once, under the next term", async () => {
    const log = await openLog()
    const first = await take(log)
    const holders: Array<string> = []
    const second = take(log, (holder) => holders.push(holder))
    await vi.waitFor(() => expect(holders).toEqual([expect.stringContaining(`pid ${process.pid}`)]))
    expect(first).toMatchObject({ term: 1, isHeld: true })
    await first.release()
    expect(await second).toMatchObject({ term: 2, isHeld: true })
    expect(() => first.refuseIfOver()).toThrow("another process seals this log now")
  })

  test("is kept for as long as its holder renews it", async () => {
    const log = await openLog()
    const first = await take(log)
    const waiting = new AbortController()
    const none = Lease.take(log, { leaseMs: LEASE_MS, signal: waiting.signal })
    await new Promise((resolve) => setTimeout(resolve, 4 * LEASE_MS))
    waiting.abort()
    expect(await none).toBeNull()
    await first.confirm()
  })

  test("is followed when its holder is silent, and the holder that wakes up finds out before it asks anybody", async () => {
    const log = await openLog()
    const stopped = stoppable(log)
    const first = await take(stopped)
    stopped.stop()
    const second = await take(log)
    expect(second.term).toBe(2)
    expect(first.isHeld).toBe(false)
    expect(() => first.refuseIfOver()).toThrow("could not be renewed in its time")
    stopped.goOn()
    await expect(first.confirm()).rejects.toMatchObject({ code: "fenced" })
    await first.lost
    await second.confirm()
    // What it gives back is not what another has.
    await first.release()
    await second.confirm()
  })

  test("that was overdue and is nobody else's goes on", async () => {
    const log = await openLog()
    const stopped = stoppable(log)
    const first = await take(stopped)
    stopped.stop()
    await vi.waitFor(() => expect(first.isHeld).toBe(false), { timeout: 5_000 })
    stopped.goOn()
    await vi.waitFor(() => expect(first.isHeld).toBe(true), { timeout: 5_000 })
    await first.confirm()
  })

  test("whose cell is garbage is nobody's, and says so", async () => {
    const log = await openLog()
    await log.cells.swap(0, LEASE_CELL, null, Buffer.from("{"))
    const onProblem = vi.fn()
    const waiting = new AbortController()
    const none = Lease.take(log, { leaseMs: LEASE_MS, signal: waiting.signal, onProblem })
    await vi.waitFor(() => expect(onProblem).toHaveBeenCalled())
    expect(String(onProblem.mock.calls[0]![0])).toContain("sealer.lease is none of version 1")
    waiting.abort()
    expect(await none).toBeNull()
  })
})
