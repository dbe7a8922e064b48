/** A node whose partitions are judged by threads of their own. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { envelopeOf, World } from "@assay/fleet"
import { partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { STREAMS } from "@assay/streams"
import { afterAll, expect, it } from "vitest"

const STEP_MS = 120_000
const dir = mkdtempSync(join(tmpdir(), "assay-workers-"))
const world = new World({ seed: "workers", now: Math.floor(Date.now() / 1000) })
const problems: Array<string> = []

afterAll(() => rmSync(dir, { recursive: true, force: true }))

const open = (): Promise<OpenNode> =>
  openNode(SERVICES, {
    dir,
    partitions: 4,
    roots: world.rootSet,
    topology: "chained",
    tickMs: 50,
    seal: true,
    workers: 2,
    httpPort: 0,
    onProblem: (what, cause) => problems.push(`${what}: ${String(cause)}`),
  })

it("judges, seals, answers, counts, and lets go of its directory", { timeout: STEP_MS }, async () => {
  const node = await open()
  for (const [kind, body] of world.signedItems) await publishKnowledge(node.log, kind, body)
  const devices = Array.from({ length: 8 }, (_, n) => world.device(`device ${n}`))
  const say = (did: string, bytes: Uint8Array) => {
    const key = Buffer.from(did)
    return node.log.append({ stream: STREAMS.submitted, partition: partitionOf(key, 4) }, [
      encodeSubmitted(key, envelopeOf(bytes)),
    ])
  }
  expect(await node.node.allocated()).toEqual({ bytes: 0, pausedUs: 0, collections: 0 })
  for (const device of devices) await say(device.did, device.presentation().bytes)
  for (let n = 0; n < 5; n++) await Promise.all(devices.map((device) => say(device.did, device.message().bytes)))
  await node.settled()
  expect((await node.node.allocated()).bytes).toBeGreaterThan(10_000)
  expect(node.notReady()).toBeNull()
  expect(
    node.node
      .runners()
      .map(({ partition }) => partition)
      .sort(),
  ).toEqual([0, 1, 2, 3])
  expect(node.sealer!.seals().every(({ leaves }) => leaves! > 0)).toBe(true)
  const shown = await fetch(new URL(`/v1/devices/${encodeURIComponent(devices[0]!.did)}`, node.url!))
  expect(await shown.json()).toMatchObject({ source: ["local"], stages: { identity: {}, anomaly: {} } })
  const times = await node.node.stageTimes()
  expect(times).toHaveLength(4 * 5)
  const metrics = await node.metrics.scrape()
  const decided = [...metrics.matchAll(/^assay_decisions_total\{.*\} (\d+)$/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  )
  expect(decided).toBe(48)
  // Knowledge in force is known to the thread that serves HTTP.
  expect(metrics).toMatch(/assay_knowledge\w*\{item="bundle"\}/)
  await node.close()
  expect(problems).toEqual([])
  const log = await openEmbedded({ dir })
  await log.close()
})
