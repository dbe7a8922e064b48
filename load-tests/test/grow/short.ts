/** A short run of `npm run grow`. In a file of each topology: a process is bound to one schema registry. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect } from "vitest"
import { startServers } from "../../src/faults/setup.ts"
import { runGrow } from "../../src/grow/run.ts"

export interface Short {
  readonly instances: number
  readonly seconds: number
  readonly kills: number
  readonly backwards: boolean
}

export const GROW_TIMEOUT = 900_000

export const losesNothing = async (topology: "chained" | "staged", run: Short): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-grow-test-"))
  const progress = (): void => undefined
  const servers = await startServers(dir, 1, progress)
  try {
    const { failures, checked, switched, sleeperEnded, waitedMs } = await runGrow({
      ...{ servers, dir, progress, topology },
      ...{ times: 2, seed: "grow", faults: true, devices: 4, everyMs: 500 },
      ...run,
    })
    expect(failures).toEqual([])
    expect(sleeperEnded).toBe("exit code 2")
    expect(switched.kills).toBe(run.kills)
    if (run.backwards) expect(switched.again).toBeGreaterThan(0)
    expect(waitedMs.during.max).toBeGreaterThan(waitedMs.after.max)
    expect(checked.carried).toBeGreaterThan(0)
    expect(checked.decided.former).toBeGreaterThan(50)
    expect(checked.decided.next).toBeGreaterThan(50)
  } finally {
    await servers.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
