/** A directory that cannot be sealed in, on a log that several processes share: reported, tried again, and nobody's end. */
import { generateKeyPairSync } from "node:crypto"
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirError, type Log } from "@assay/log"
import { lockDir } from "@assay/log/embedded"
import { signerOfKey } from "@assay/signing"
import { expect, test, vi } from "vitest"
import { keepSealed } from "../../src/sealer/keep-sealed.ts"
import { KEY_CELL } from "../../src/sealer/log-key.ts"
import { AUDIT, openPlant, type Plant, recordsOf } from "./plant.ts"

const OPTIONS = { retryMs: 20, leaseMs: 200 }
const sharedLog = ({ log }: Plant): Log => ({ ...log, traits: { ...log.traits, shared: true } })
const fresh = (plant: Plant, name: string): string => {
  mkdirSync(join(plant.dir, name))
  return join(plant.dir, name)
}

test("another directory than the log's own is reported as unsealed events and an alarm, until the right one is back", async () => {
  const plant = await openPlant()
  const [own, other, kept] = [fresh(plant, "own"), fresh(plant, "other"), join(plant.dir, "kept")]
  const first = await keepSealed(sharedLog(plant), own, vi.fn(), null, [], OPTIONS)
  await plant.log.append(AUDIT, recordsOf(0, 5))
  await first.settled()
  expect(first.seals()).toMatchObject([{ partition: 0, leaves: 5 }])
  await first.stop()

  const onProblem = vi.fn()
  const sealing = await keepSealed(sharedLog(plant), other, onProblem, null, [], OPTIONS)
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

test("a second process with the directory stands by without an alarm, and seals when the first has ended", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  const said: Array<string> = []
  const former = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [], OPTIONS)
  const onProblem = vi.fn()
  const next = await keepSealed(sharedLog(plant), dir, onProblem, null, [], {
    ...OPTIONS,
    onLease: (text) => said.push(text),
  })
  expect(said).toEqual([expect.stringContaining("seals the log; this process stands by")])
  expect(next.alarm()).toBeNull()
  await plant.log.append(AUDIT, recordsOf(0, 3))
  // What the first seals is sealed for the second too.
  await next.settled()
  expect(next.seals()).toMatchObject([{ partition: 0, leaves: null, stopped: false }])
  await former.stop()
  await vi.waitFor(() => expect(said.at(-1)).toBe("this process seals the log: term 2"), { timeout: 5_000 })
  await plant.log.append(AUDIT, recordsOf(3, 5))
  await next.settled()
  expect(next.seals()).toMatchObject([{ leaves: 5 }])
  await vi.waitFor(() => expect(next.alarm()).toBeNull(), { timeout: 5_000 })
  await next.stop()
  expect(onProblem).not.toHaveBeenCalled()
})

test("one that stands by with another directory than the log's says so before it is needed", async () => {
  const plant = await openPlant()
  const [own, other] = [fresh(plant, "own"), fresh(plant, "other")]
  const first = await keepSealed(sharedLog(plant), own, vi.fn(), null, [], OPTIONS)
  const second = await keepSealed(sharedLog(plant), other, vi.fn(), null, [], OPTIONS)
  expect(second.alarm()).toContain("log-key.pem is not the key that seals this log")
  await second.stop()
  await first.stop()
})

test("nobody stands by with a directory that a process locks which knows no leases", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  const release = lockDir(dir)
  const sealing = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [], OPTIONS)
  expect(sealing.alarm()).toContain("is open in another writer")
  release()
  await vi.waitFor(() => expect(sealing.alarm()).toBeNull(), { timeout: 5_000 })
  await sealing.stop()
})

test("what fails behind the lock leaves the directory to the next attempt", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  writeFileSync(join(dir, "log-key.pem"), "no key")
  const sealing = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [], OPTIONS)
  expect(sealing.alarm()).not.toBeNull()
  rmSync(join(dir, "log-key.pem"))
  await vi.waitFor(() => expect(sealing.alarm()).toBeNull(), { timeout: 5_000 })
  await sealing.stop()
})

test("on a log of its own the start fails, for the log lies there", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  writeFileSync(join(dir, "log-key.pem"), "no key")
  await expect(keepSealed(plant.log, dir, vi.fn(), null, [], OPTIONS)).rejects.toThrow()
})

test("keys are opened once, for standing by and for sealing; the log is claimed for them again before they seal", async () => {
  const plant = await openPlant()
  const dir = fresh(plant, "tiles")
  const { privateKey } = generateKeyPairSync("ed25519")
  const file = join(plant.dir, "key.json")
  writeFileSync(file, JSON.stringify({ did: signerOfKey(privateKey).did, jwk: privateKey.export({ format: "jwk" }) }))
  const former = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [file], OPTIONS)
  const next = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [file], OPTIONS)
  // What keeps the keys is not asked a second time.
  renameSync(file, `${file}.away`)
  await former.stop()
  await plant.log.append(AUDIT, recordsOf(0, 3))
  await vi.waitFor(() => expect(next.seals()[0]!.leaves).toBe(3), { timeout: 5_000 })

  // The log gets another key while a third one stands by with the first.
  renameSync(`${file}.away`, file)
  const third = await keepSealed(sharedLog(plant), dir, vi.fn(), null, [file], OPTIONS)
  const known = await plant.log.cells.get(0, KEY_CELL)
  await plant.log.cells.swap(0, KEY_CELL, known, Buffer.from("another+0badc0de+key"))
  await next.stop()
  await vi.waitFor(() => expect(third.alarm()).toMatch(/is not the key that seals this log/), { timeout: 5_000 })
  await third.stop()
})
