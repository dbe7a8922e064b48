/** A directory that cannot be sealed in, on a log that several processes share: reported, tried again, and nobody's end. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirError, type Log } from "@assay/log"
import { expect, test, vi } from "vitest"
import { keepSealed } from "../../src/sealer/keep-sealed.ts"
import { AUDIT, openPlant, type Plant, recordsOf } from "./plant.ts"

const RETRY_MS = 20
const sharedLog = ({ log }: Plant): Log => ({ ...log, traits: { ...log.traits, shared: true } })
const fresh = (plant: Plant, name: string): string => {
  mkdirSync(join(plant.dir, name))
  return join(plant.dir, name)
}

test("another directory than the log's own is reported as unsealed events and an alarm, until the right one is back", async () => {
  const plant = await openPlant()
  const [own, other, kept] = [fresh(plant, "own"), fresh(plant, "other"), join(plant.dir, "kept")]
  const first = await keepSealed(sharedLog(plant), own, vi.fn(), null, [], RETRY_MS)
  await plant.log.append(AUDIT, recordsOf(0, 5))
  await first.settled()
  expect(first.seals()).toMatchObject([{ partition: 0, leaves: 5 }])
  await first.stop()

  const onProblem = vi.fn()
  const sealing = await keepSealed(sharedLog(plant), other, onProblem, null, [], RETRY_MS)
  expect(sealing.alarm()).toMatch(/nothing is sealed here.*log-key.pem is not the key that seals this log/)
  expect(onProblem.mock.calls[0]![0]).toBeInstanceOf(DataDirError)
  await expect(sealing.settled()).rejects.toThrow(DataDirError)
  // What the former process sealed counts; what came since is late.
  await plant.log.append(AUDIT, recordsOf(5, 8))
  await vi.waitFor(() => expect(sealing.seals()[0]!.unsealedAgeMs).toBeGreaterThan(50), { timeout: 5_000 })
  expect(sealing.seals()[0]!.leaves).toBeNull()

  cpSync(own, kept, { recursive: true })
  for (const name of ["log-key.pem", "tlog", "salts"]) {
    rmSync(join(other, name), { recursive: true, force: true })
    if (name !== "log-key.pem") cpSync(join(kept, name), join(other, name), { recursive: true })
  }
  cpSync(join(kept, "log-key.pem"), join(other, "log-key.pem"))
  await vi.waitFor(() => expect(sealing.seals()[0]!.leaves).toBe(8), { timeout: 5_000 })
  await vi.waitFor(() => expect(sealing.alarm()).toBeNull(), { timeout: 5_000 })
  await sealing.stop()
})

test("a directory that a former process still has is taken when that has ended", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  const former = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [], RETRY_MS)
  const next = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [], RETRY_MS)
  expect(next.alarm()).toContain("is open in another writer")
  await former.stop()
  await vi.waitFor(() => expect(next.alarm()).toBeNull(), { timeout: 5_000 })
  await plant.log.append(AUDIT, recordsOf(0, 3))
  await next.settled()
  await next.stop()
})

test("what fails behind the lock leaves the directory to the next attempt", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  writeFileSync(join(dir, "log-key.pem"), "no key")
  const sealing = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [], RETRY_MS)
  expect(sealing.alarm()).not.toBeNull()
  rmSync(join(dir, "log-key.pem"))
  await vi.waitFor(() => expect(sealing.alarm()).toBeNull(), { timeout: 5_000 })
  await sealing.stop()
})

test("on a log of its own the start fails, for the log lies there", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  writeFileSync(join(dir, "log-key.pem"), "no key")
  await expect(keepSealed(plant.log, dir, vi.fn(), null, [], RETRY_MS)).rejects.toThrow()
})
