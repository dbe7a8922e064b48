/** The sealer on a log that several processes share: what it takes, what it refuses, where it halts. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Log, LostRecordsError, TakenOverError } from "@assay/log"
import { logDirectory } from "@assay/transparency/storage"
import { describe, expect, test, vi } from "vitest"
import { runSealer } from "../../src/sealer/run.ts"
import { Sealer } from "../../src/sealer/sealer.ts"
import { AUDIT, clientsOf, filesOf, ORIGIN, openPlant, type Plant, recordsOf, signer } from "./plant.ts"

const sealerOn = (plant: Plant, log: Log, directory = plant.tlog): Sealer =>
  new Sealer({ log, partition: 0, directory, origin: ORIGIN, signer, keys: plant.keys, maxBatch: 4096 })

describe("a sealer among others", () => {
  test("takes its partition before it seals, and goes on after it was only taken for dead", async () => {
    const plant = await openPlant()
    const client = clientsOf(plant)
    const [mine, other] = [client(), client()]
    const sealer = sealerOn(plant, mine)
    await plant.log.append(AUDIT, recordsOf(0, 5))
    expect(await sealer.seal()).toEqual({ size: 5, count: 5 })
    await other.take("integrity-sealer", AUDIT)
    await plant.log.append(AUDIT, recordsOf(5, 9))
    await expect(sealer.seal()).rejects.toThrow(TakenOverError)
    await sealer.resume()
    expect(sealer).toMatchObject({ size: 9, next: 9 })
    expect(await plant.log.position("integrity-sealer", AUDIT)).toBe(9)
  })

  test("one with another directory is refused before it takes anything", async () => {
    const plant = await openPlant()
    const client = clientsOf(plant)
    const sealer = sealerOn(plant, client())
    await plant.log.append(AUDIT, recordsOf(0, 5))
    await sealer.seal()
    const stranger = sealerOn(plant, client(), logDirectory(join(plant.dir, "elsewhere"), 0))
    await plant.log.append(AUDIT, recordsOf(5, 9))
    await expect(stranger.seal()).rejects.toMatchObject({ name: "SealerError", code: "diverged" })
    expect(await sealer.seal()).toEqual({ size: 9, count: 4 })
  })

  test("a directory of another log is left alone", async () => {
    const [one, two] = [await openPlant(), await openPlant()]
    await one.log.append(AUDIT, recordsOf(0, 5))
    await one.sealer().seal()
    const before = filesOf(one.tlog)
    await two.log.append(AUDIT, recordsOf(0, 7))
    await expect(sealerOn(two, two.log, one.tlog).seal()).rejects.toMatchObject({ code: "diverged" })
    expect(filesOf(one.tlog)).toEqual(before)
  })

  test("halts for good, with an alarm, where events were removed before they were sealed", async () => {
    const plant = await openPlant()
    await plant.log.append(AUDIT, recordsOf(0, 10))
    const removed: Log = {
      ...plant.log,
      bounds: async (at) => ({ ...(await plant.log.bounds(at)), start: 4 }),
      read: async (at, from, records, bytes) => plant.log.read(at, Math.max(from, 4), records, bytes),
    }
    const reported: Array<readonly [unknown, boolean]> = []
    const running = runSealer(sealerOn(plant, removed), {
      log: removed,
      partition: 0,
      intervalMs: 10,
      onProblem: (cause, fatal) => reported.push([cause, fatal]),
    })
    await expect(running.settled()).rejects.toThrow("audit.events.v1/0: the records from offset 0 to 3 are gone")
    await expect(running.stop()).rejects.toThrow(LostRecordsError)
    expect(reported.filter(([, fatal]) => fatal)).toHaveLength(1)
    expect(existsSync(plant.tlog)).toBe(false)
  })

  test("halts for good where the stream is another one now, and shorter: at the start and while it runs", async () => {
    const plant = await openPlant()
    await plant.log.append(AUDIT, recordsOf(0, 10))
    let replaced = false
    let heldBack = 0
    let looks = 0
    const log: Log = {
      ...plant.log,
      bounds: async (at) => (replaced ? { start: 0, end: 4 } : plant.log.bounds(at)),
      heldBack: async () => heldBack,
      read: async (at, from, records, bytes) => {
        // The sealer's own look beyond the end; one for the lag asks for less.
        if (from === 10 && records > 1) looks++
        return replaced ? [] : plant.log.read(at, from, records, bytes)
      },
    }
    const running = runSealer(sealerOn(plant, log), { log, partition: 0, intervalMs: 10, idleMs: 20 })
    await running.settled()
    await vi.waitFor(() => expect(looks).toBeGreaterThan(2), { interval: 5, timeout: 5_000 })
    expect(running.metrics()).toMatchObject({ size: 10, failures: 0 })
    replaced = true
    await vi.waitFor(() => expect(running.metrics().failures).toBe(1), { timeout: 5_000 })
    await expect(running.settled()).rejects.toThrow(
      "audit.events.v1/0: the stream ends at 4, before offset 10 that the group has read up to: the topic was deleted",
    )
    await expect(running.stop()).rejects.toThrow(LostRecordsError)
    await expect(sealerOn(plant, log).resume()).rejects.toThrow(LostRecordsError)
    // Its own last commit, that nobody may read yet, is no loss.
    heldBack = 6
    await sealerOn(plant, log).resume()
  })
})
