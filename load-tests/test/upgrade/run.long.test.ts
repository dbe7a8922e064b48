/** A rolling replacement by the same sources: what `npm run upgrade` does, without another commit to check out. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describeKafka } from "@assay/testkit/kafka"
import { expect, it } from "vitest"
import { MAIN } from "../../src/cluster/assay.ts"
import { startServers } from "../../src/faults/setup.ts"
import { runUpgrade } from "../../src/upgrade/run.ts"

describeKafka("a rolling upgrade", () => {
  it("replaces each instance under load, and each message is decided once", { timeout: 600_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-upgrade-test-"))
    const progress = (): void => undefined
    const servers = await startServers(dir, 1, progress)
    try {
      const { replaced, failures, acknowledged, checked } = await runUpgrade({
        ...{ servers, dir, progress, topology: "chained", instances: 2, back: false, seed: "rolling" },
        ...{ other: MAIN, perSecond: 20, devices: 10 },
      })
      expect(failures).toEqual([])
      expect(replaced.map(({ to, refused }) => [to, refused])).toEqual([
        ["this", null],
        ["this", null],
      ])
      expect(replaced.every(({ readyMs, decidedMs }) => readyMs !== null && decidedMs !== null)).toBe(true)
      expect(acknowledged).toBeGreaterThan(100)
      expect(checked.results.map(({ name }) => name)).toContain("sealed")
    } finally {
      await servers.stop()
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
