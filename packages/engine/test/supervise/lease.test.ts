import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { expect, it, onTestFinished } from "vitest"
import { leaseOf, RevokedError } from "../../src/supervise/lease.ts"

it("a runner that was abandoned can neither read on nor commit, not even with a call under way", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-lease-"))
  const log = await openEmbedded({ dir, partitions: 1 })
  onTestFinished(async () => {
    await log.close()
    rmSync(dir, { recursive: true, force: true })
  })
  const at = { stream: "in", partition: 0 }
  const commit = { group: "g", stream: "in", from: 0, next: 0, outputs: [{ stream: "out", records: [] }] }
  const lease = leaseOf(log)
  await lease.log.append(at, [{ key: Buffer.from("k"), value: Buffer.from("v") }])
  expect(await lease.log.bounds(at)).toEqual({ start: 0, end: 1 })
  const forEver = lease.log.waitFor(at, 9, new AbortController().signal)
  lease.revoke()
  await expect(forEver).rejects.toThrow(RevokedError)
  await expect(lease.log.read(at, 0, 1, 1)).rejects.toThrow(RevokedError)
  await expect(lease.log.commit(0, commit)).rejects.toThrow(RevokedError)
  expect((await log.read(at, 0, 1, 1)).length).toBe(1)
})
