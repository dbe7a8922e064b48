/** What `npm run grow` does, in short. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describeKafka } from "@assay/testkit/kafka"
import { canStartMosquitto, sayWhatIsSkipped } from "@assay/testkit/mqtt"
import { expect, it } from "vitest"
import { startServers } from "../../src/faults/setup.ts"
import { runGrow } from "../../src/grow/run.ts"

sayWhatIsSkipped("load-tests/test/grow/run.long.test.ts")

describeKafka("more partitions while devices send", () => {
  it.runIf(canStartMosquitto)(
    "loses and repeats nothing, and devices go on as they were",
    { timeout: 900_000 },
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "assay-grow-test-"))
      const progress = (): void => undefined
      const servers = await startServers(dir, 1, progress)
      try {
        const { failures, checked, switched, sleeperEnded, waitedMs } = await runGrow({
          ...{ servers, dir, progress, topology: "chained", instances: 3, times: 2, seed: "grow", faults: true },
          ...{ devices: 4, everyMs: 500, seconds: 8, kills: 3 },
        })
        expect(failures).toEqual([])
        expect(sleeperEnded).toBe("exit code 2")
        expect(switched.kills).toBe(3)
        expect(waitedMs.during.max).toBeGreaterThan(waitedMs.after.max)
        expect(checked.carried).toBeGreaterThan(0)
        expect(checked.decided.former).toBeGreaterThan(50)
        expect(checked.decided.next).toBeGreaterThan(50)
      } finally {
        await servers.stop()
        rmSync(dir, { recursive: true, force: true })
      }
    },
  )
})
