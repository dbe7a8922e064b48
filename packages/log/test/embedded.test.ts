import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { logContract } from "../src/contract/contract.ts"
import { openEmbedded } from "../src/embedded/open.ts"

const openUnderTest = (cacheBytes: number) => async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-log-"))
  const open = () => openEmbedded({ dir, partitions: 2, cacheBytes })
  const log = await open()
  let current = log
  return {
    log,
    reopen: async () => {
      await current.close()
      current = await open()
      return current
    },
    destroy: async () => {
      await current.close()
      rmSync(dir, { recursive: true })
    },
  }
}

logContract("the embedded engine", openUnderTest(1 << 20))
logContract("the embedded engine without a cache", openUnderTest(0))
