/** CSE, adapter and node fail while devices speak through a CSE. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { canStartAcme, sayWhatIsSkippedOnAcme } from "@assay/testkit/onem2m"
import { describe, expect, it } from "vitest"
import { FAULTS, runCseFaults } from "../../src/onem2m/run-faults.ts"

sayWhatIsSkippedOnAcme("load-tests/test/onem2m/faults.long.test.ts")

describe.runIf(canStartAcme)("faults under oneM2M", () => {
  it("lose nothing, and decide nothing twice", { timeout: 600_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-faults-onem2m-"))
    const rounds = FAULTS.length
    const report = await runCseFaults({ dir, rounds, devices: 3, seed: "test", progress: () => undefined })
    expect(report.rounds).toHaveLength(rounds)
    expect(report.findings).toEqual([])
    expect(report.honest.sent).toBeGreaterThan(15)
    rmSync(dir, { recursive: true, force: true })
  })
})
