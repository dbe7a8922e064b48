/** What is said of a log that ends, and how that is taken back. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Log, LogEndedError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { afterAll, beforeAll, expect, it } from "vitest"
import { readNext, refuseOtherEpoch, withdrawNext, writeFenced, writeNext } from "../../src/index.ts"

const dir = mkdtempSync(join(tmpdir(), "assay-epoch-cells-"))
const [here, elsewhere] = [
  { epoch: 2, to: "here." },
  { epoch: 2, to: "elsewhere." },
]
let log: Log
beforeAll(async () => {
  log = await openEmbedded({ dir, partitions: 1 })
})
afterAll(async () => {
  await log.close()
  rmSync(dir, { recursive: true, force: true })
})

it("is ended by one, may go on as long as it is not fenced, and not after that", async () => {
  expect(await readNext(log)).toBeNull()
  expect(await writeNext(log, here)).toBe(true)
  expect(await writeNext(log, here)).toBe(true)
  expect(await writeNext(log, elsewhere)).toBe(false)
  expect(await readNext(log)).toEqual({ ...here, isFenced: false })
  await expect(refuseOtherEpoch(log)).rejects.toThrow(LogEndedError)

  expect(await withdrawNext(log, here)).toBe(true)
  expect(await readNext(log)).toBeNull()
  await refuseOtherEpoch(log)

  expect(await writeNext(log, elsewhere)).toBe(true)
  expect(await writeFenced(log, elsewhere)).toBe(true)
  expect(await writeFenced(log, elsewhere)).toBe(true)
  expect(await writeNext(log, elsewhere)).toBe(true)
  expect(await readNext(log)).toEqual({ ...elsewhere, isFenced: true })
  expect(await withdrawNext(log, elsewhere)).toBe(false)
  await expect(refuseOtherEpoch(log)).rejects.toThrow("epoch 2 goes on from it at elsewhere.")
})
