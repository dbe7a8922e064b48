/** Which directory seals a log that several processes share. */
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirError, type Log } from "@assay/log"
import { LinkedFileError } from "@assay/transparency/storage"
import { describe, expect, test, vi } from "vitest"
import { startSealers } from "../../src/sealer/start.ts"
import { AUDIT, openPlant, type Plant, recordsOf } from "./plant.ts"

const sharedLog = ({ log }: Plant): Log => ({ ...log, traits: { ...log.traits, shared: true } })
const freshDir = (plant: Plant, name: string): string => {
  const dir = join(plant.dir, name)
  mkdirSync(dir)
  return dir
}
const NOTHING = (): void => undefined

describe("the sealers of a shared log", () => {
  test("only one directory seals it, also before there is anything to seal", async () => {
    const plant = await openPlant()
    const [first, second] = [freshDir(plant, "first"), freshDir(plant, "second")]
    const sealers = await startSealers(sharedLog(plant), first, NOTHING)
    await expect(startSealers(sharedLog(plant), second, NOTHING)).rejects.toThrow(DataDirError)
    await plant.log.append(AUDIT, recordsOf(0, 5))
    await sealers.settled()
    // The age is as of the last look, a moment ago.
    await vi.waitFor(() => expect(sealers.alarm()).toBeNull(), { timeout: 5_000 })
    await sealers.stop()
    await expect(startSealers(sharedLog(plant), second, NOTHING)).rejects.toThrow("is not the key that seals this log")
    const again = await startSealers(sharedLog(plant), first, NOTHING)
    await again.settled()
    await again.stop()
  })

  test("one process has the directory at a time, and an embedded log's is left alone", async () => {
    const plant = await openPlant()
    const dir = freshDir(plant, "tiles")
    const sealers = await startSealers(sharedLog(plant), dir, NOTHING)
    await expect(startSealers(sharedLog(plant), dir, NOTHING)).rejects.toThrow("is open in another writer")
    await sealers.stop()
    writeFileSync(join(dir, "assay.json"), "{}")
    await expect(startSealers(sharedLog(plant), dir, NOTHING)).rejects.toThrow("holds an embedded log")
  })
})

describe("a link within the directory", () => {
  test.each(["salts", "tlog", "tlog/p000", "tlog/p000/staging", "vkeys"])(
    "%s: nothing is sealed, nothing outside changes",
    async (name) => {
      const plant = await openPlant()
      const dir = freshDir(plant, "tiles")
      const outside = freshDir(plant, "outside")
      writeFileSync(join(outside, "file"), "somebody else's")
      mkdirSync(join(dir, name, ".."), { recursive: true })
      symlinkSync(outside, join(dir, name))
      const own: Log = { ...plant.log, traits: { ...plant.log.traits, shared: false } }
      await expect(startSealers(own, dir, NOTHING)).rejects.toThrow(LinkedFileError)
      expect(readdirSync(outside)).toEqual(["file"])
      rmSync(join(dir, name))
      const sealers = await startSealers(own, dir, NOTHING)
      await sealers.settled()
      await sealers.stop()
      expect(existsSync(join(dir, "log-key.pem"))).toBe(true)
    },
  )
})
