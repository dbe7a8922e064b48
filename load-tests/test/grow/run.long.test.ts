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
  it.runIf(canStartMosquitto).each([
    ["chained", { instances: 3, seconds: 8, kills: 3, backwards: false }],
    // Stopped in the wrong order: each service leaves the next one something.
    ["staged", { instances: 2, seconds: 5, kills: 1, backwards: true }],
  ] as const)(
    "loses and repeats nothing, and devices go on as they were: %s",
    { timeout: 900_000 },
    async (topology, run) => {
      const dir = mkdtempSync(join(tmpdir(), "assay-grow-test-"))
      const progress = (): void => undefined
      const servers = await startServers(dir, 1, progress)
      try {
        const { failures, checked, switched, sleeperEnded, waitedMs } = await runGrow({
          ...{
            servers,
            dir,
            progress,
            topology,
            times: 2,
            seed: "grow",
            faults: true,
            devices: 4,
            everyMs: 500,
            ...run,
          },
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
    },
  )
})
