/** A node inside a program: what cannot start leaves nothing open, and what was opened is closed. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { publishKnowledge } from "@assay/engine"
import { World } from "@assay/fleet"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, type OpenOptions, openNode } from "@assay/node"
import { ConfigurationError } from "@assay/settings"
import { afterAll, expect, it } from "vitest"

const STEP_MS = 120_000
const dir = mkdtempSync(join(tmpdir(), "assay-open-"))
const world = new World({ seed: "open", now: Math.floor(Date.now() / 1000) })

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const open = (options: Partial<OpenOptions> = {}): Promise<OpenNode> =>
  openNode(SERVICES, {
    dir,
    partitions: 1,
    roots: world.rootSet,
    topology: "chained",
    tickMs: 0,
    seal: true,
    workers: 0,
    ...options,
  })

it("judges, seals, and lets go of its directory", { timeout: STEP_MS }, async () => {
  const node = await open()
  await publishKnowledge(node.log, "bundle", world.signedBundle)
  await publishKnowledge(node.log, "policy", world.signedPolicy)
  await node.settled()
  expect(node.notReady()).toBeNull()
  expect(node.sealer!.seals()[0]!.leaves).toBeGreaterThan(1)
  await node.close()
  await node.close()
  const log = await openEmbedded({ dir })
  await log.close()
})

it("that cannot start rejects with the error itself, and leaves nothing open", { timeout: STEP_MS }, async () => {
  const refused = await open({ topology: "staged" }).catch((cause: unknown) => cause)
  expect(refused).toBeInstanceOf(ConfigurationError)
  expect((refused as Error).message).toMatch(/ASSAY_TOPOLOGY is staged, but this data directory was run chained/)
  await (await open()).close()
})

it("of which a second one is opened on the same directory names who holds it", { timeout: STEP_MS }, async () => {
  const node = await open()
  await expect(open()).rejects.toMatchObject({ _tag: "DataDirError" })
  await node.close()
})
