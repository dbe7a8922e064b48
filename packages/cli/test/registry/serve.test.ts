/** What `assay registry serve` opens it closes, also where it cannot begin. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openEmbedded } from "@assay/log/embedded"
import { expect, onTestFinished, test } from "vitest"
import { UsageError } from "../../src/command.ts"
import { followBundle } from "../../src/registry/serve.ts"

test("a log without a bundle in force is closed again", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-serve-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const log = await openEmbedded({ dir, partitions: 1 })
  await expect(followBundle(log, { roots: [], threshold: 1 })).rejects.toThrow(UsageError)
  await expect(log.append({ stream: "any", partition: 0 }, [])).rejects.toThrow("the log is closed")
  // Its lock is free.
  await (await openEmbedded({ dir })).close()
})
