/** A disk that is full: said once, kept for /readyz, and over when the log takes something again. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Log, StorageError, UnavailableError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { expect, it } from "vitest"
import { guardWrites } from "../../src/log/write-guard.ts"

const records = [{ key: Buffer.from("k"), value: Buffer.from("v") }]

it("is kept until every partition takes something again", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-write-guard-"))
  const opened = await openEmbedded({ dir, partitions: 2 })
  let fault: Error | null = null
  const failing: Log = {
    ...opened,
    append: (at, all) => (fault === null ? opened.append(at, all) : Promise.reject(fault)),
  }
  const said: Array<string | null> = []
  const { log, alarm, refusing } = guardWrites(failing, { now: () => 0, onChange: (why) => said.push(why) })
  const append = (partition: number): Promise<unknown> => log.append({ stream: "in", partition }, records)
  await append(0)
  expect(alarm()).toBeNull()

  // What is no fault of the storage is its caller's alone.
  fault = new UnavailableError("no broker")
  await expect(append(0)).rejects.toThrow(UnavailableError)
  expect(alarm()).toBeNull()

  fault = new StorageError("no space left on device")
  for (const partition of [1, 1, 0]) await expect(append(partition)).rejects.toThrow(StorageError)
  expect(alarm()).toBe(
    "the log takes nothing since 1970-01-01T00:00:00.000Z (partition 1 and 1 more): no space left on device",
  )
  expect([...refusing()]).toEqual([1, 0])
  fault = null
  await append(1)
  expect(alarm()).toContain("partition 0")
  await append(0)
  expect(alarm()).toBeNull()
  expect(said).toEqual([
    "the log takes nothing since 1970-01-01T00:00:00.000Z (partition 1): no space left on device",
    null,
  ])
  await opened.close()
  rmSync(dir, { recursive: true })
})
