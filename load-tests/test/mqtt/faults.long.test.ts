/** Broker, adapter, node and network fail while devices publish over MQTT. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { canStartMosquitto, sayWhatIsSkipped } from "@assay/testkit/mqtt"
import { describe, expect, it } from "vitest"
import { runFaults } from "../../src/mqtt/run.ts"

sayWhatIsSkipped("load-tests/test/mqtt/faults.long.test.ts")

describe.runIf(canStartMosquitto)("faults under MQTT", () => {
  it("lose nothing, decide nothing twice, and charge no device for order or chain", { timeout: 600_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-faults-mqtt-"))
    const { rounds, checked } = await runFaults({ dir, rounds: 8, devices: 4, seed: "test", progress: () => undefined })
    expect(rounds).toHaveLength(8)
    expect(checked.findings).toEqual([])
    expect(checked.sent).toBeGreaterThan(50)
    expect(checked.decided).toBe(checked.sent)
    rmSync(dir, { recursive: true, force: true })
  })
})
