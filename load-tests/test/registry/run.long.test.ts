/** The demo of trust registries ends as it should, step by step. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasOpenssl } from "@assay/testkit/certificates"
import { expect, it } from "vitest"
import { runRegistry } from "../../src/registry/run.ts"

it.skipIf(!hasOpenssl)(
  "verifies a device of another ecosystem through a recognised registry, and only while its answer lasts",
  {
    timeout: 120_000,
  },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "assay-registry-"))
    try {
      const steps = await runRegistry(dir, () => undefined)
      expect(steps.filter(({ ok }) => !ok)).toEqual([])
      expect(steps.length).toBeGreaterThanOrEqual(10)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
)
