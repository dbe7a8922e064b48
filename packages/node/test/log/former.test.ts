/** The epochs that a log goes on from, found where it says, or where the setting does. */
import { mkdtempSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type LogPlace, writeFilling } from "@assay/engine"
import type { Log } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { logName } from "@assay/trust"
import { afterEach, beforeEach, expect, it } from "vitest"
import { openFormer, readPlaces } from "../../src/log/former.ts"

const EMBEDDED = { kafka: null }
let root: string
let log: Log
const at = (name: string): string => join(root, name)

/** Three epochs, of which each says where the one before is. */
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "assay-former-"))
  let before: Log | null = null
  for (const epoch of [1, 2, 3]) {
    log = await openEmbedded({ dir: at(`epoch-${epoch}`), partitions: epoch, epoch })
    if (before !== null) await goesOn(log, before, { dir: at(`epoch-${epoch - 1}`) })
    await before?.close()
    before = log
  }
})
afterEach(async () => {
  await log.close()
  rmSync(root, { recursive: true, force: true })
})

const goesOn = (next: Log, before: Log, place: LogPlace | null) =>
  writeFilling(next, null, { from: logName(before), item: "item", filled: true, place })

const epochsOf = async (setting: string | null): Promise<ReadonlyArray<number>> => {
  const former = await openFormer(log, EMBEDDED, setting, [])
  for (const one of former) await one.close()
  return former.map(({ epoch }) => epoch)
}

it("are all found where the logs say, the oldest first", async () => {
  expect(await epochsOf(null)).toEqual([1, 2])
})

it("are where the setting says, as many as it names; or nowhere", async () => {
  renameSync(at("epoch-2"), at("moved"))
  await expect(epochsOf(null)).rejects.toThrow(/ASSAY_PASSPORT_FORMER: epoch 3 goes on from .* Name its place, or none/)
  expect(await epochsOf(`dir:${at("epoch-1")},dir:${at("moved")}`)).toEqual([1, 2])
  expect(await epochsOf(`dir:${at("moved")}`)).toEqual([2])
  expect(await epochsOf("none")).toEqual([])
})

it("are refused where another log lies, where nothing is said, and where the setting names no place", async () => {
  await expect(epochsOf(`dir:${at("epoch-1")}`)).rejects.toThrow(/is assay-log:1:.*, and not assay-log:2:/)
  const other = await openEmbedded({ dir: at("other"), partitions: 2, epoch: 2 })
  await goesOn(other, log, null)
  await expect(openFormer(other, EMBEDDED, null, [])).rejects.toThrow("does not say where that is")
  await other.close()
  expect(() => readPlaces("plant1.")).toThrow('"plant1." is neither prefix:PREFIX nor dir:DIRECTORY nor none')
  await expect(epochsOf("prefix:plant1.")).rejects.toThrow("is on Kafka, and this log is not")
})
