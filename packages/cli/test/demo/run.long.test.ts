import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CATALOGUE, fleetPlan } from "@assay/fleet"
import { expect, it, onTestFinished } from "vitest"
import { runDemo } from "../../src/demo/run.ts"

/** Longer than the sender of a message may be behind the log's beginning. */
const AGE_S = 400

it("a plan that was made a while ago, and run on another log first, ends as one that is made now", async () => {
  const dir = mkdtempSync(join(tmpdir(), "assay-demo-"))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const now = Math.floor(Date.now() / 1000) - AGE_S
  const plan = fleetPlan({ devices: 8, messages: 200, seed: "late", now, injections: 1, attacks: CATALOGUE })
  const report = await runDemo({
    dir,
    devices: 8,
    messages: 200,
    seed: "late",
    topology: "chained",
    rootsFile: null,
    progress: () => undefined,
    plan,
  })
  expect(report).toMatchObject({ lost: 0, duplicated: 0, wronged: 0 })
  expect(report.totals.verified).toBeGreaterThan(100)
}, 60_000)
