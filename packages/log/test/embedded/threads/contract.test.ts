/** The contract of a log, where other threads own its partitions. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { logContract } from "../../../src/contract/contract.ts"
import type { SharedLog } from "../../../src/embedded/threads/shared.ts"
import { OwnerThread, openOwnedBy } from "./owners.ts"

const CACHE_BYTES = 1 << 20
const threads = [new OwnerThread(), new OwnerThread()] as const

afterAll(async () => {
  for (const { worker } of threads) await worker.terminate()
})

const close = async (shared: SharedLog): Promise<void> => {
  for (const thread of threads) await thread.release(shared)
  await shared.log.close()
}

logContract("the embedded engine with partitions owned by threads", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-log-"))
  let current = await openOwnedBy(threads, dir, CACHE_BYTES)
  return {
    log: current.log,
    reopen: async () => {
      await close(current)
      current = await openOwnedBy(threads, dir, CACHE_BYTES)
      return current.log
    },
    destroy: async () => {
      await close(current)
      rmSync(dir, { recursive: true })
    },
  }
})
