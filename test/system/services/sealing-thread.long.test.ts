/** The thread that seals dies in the middle of a seal, hangs, and is stopped: every event becomes one leaf, and the others go on. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge } from "@assay/engine"
import { envelopeOf, World } from "@assay/fleet"
import { type Log, partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { decodeCheckpoint } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { assay } from "@assay/testkit/cli"
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { faultySealer, type SealerFault } from "../deployment/sealer-faults.ts"

const STEP_MS = 120_000
const PARTITIONS = 2
const STALL_MS = 3_000
const PATIENCE = { timeout: 60_000, interval: 20 }
const services = SERVICES.map((service) => (service.name === faultySealer.name ? faultySealer : service))
const root = mkdtempSync(join(tmpdir(), "assay-sealing-thread-"))
const faults = join(root, "faults")
const dir = join(root, "data")
const problems: Array<string> = []
const world = new World({ seed: "sealing thread", now: Math.floor(Date.now() / 1000) })
const devices = Array.from({ length: 8 }, (_, n) => world.device(`device ${n}`))
let node: OpenNode

const meet = (fault: SealerFault): void => writeFileSync(join(faults, fault), "")

const say = (did: string, bytes: Uint8Array): Promise<unknown> => {
  const key = Buffer.from(did)
  return node.log.append({ stream: STREAMS.submitted, partition: partitionOf(key, PARTITIONS) }, [
    encodeSubmitted(key, envelopeOf(bytes)),
  ])
}
const feed = async (count: number): Promise<void> => {
  const calls: Array<Promise<unknown>> = []
  for (const device of devices) for (let n = 0; n < count; n++) calls.push(say(device.did, device.message().bytes))
  await Promise.all(calls)
}

const open = (workers: number): Promise<OpenNode> =>
  openNode(services, {
    dir,
    partitions: PARTITIONS,
    roots: world.rootSet,
    topology: "chained",
    tickMs: 0,
    seal: true,
    workers,
    stallMs: STALL_MS,
    httpPort: 0,
    onProblem: (what, cause) => problems.push(`${what}: ${String(cause)}`),
  })

/** Of audit.events, in all partitions. */
const events = async (log: Log): Promise<number> => {
  let count = 0
  for (let partition = 0; partition < PARTITIONS; partition++)
    count += (await log.bounds({ stream: STREAMS.audit, partition })).end
  return count
}

/** The heads of each partition, each of more leaves than the one before, none twice. */
const expectOneHistory = async (log: Log): Promise<void> => {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const records = await log.read({ stream: STREAMS.checkpoints, partition }, 0, 10_000, 64 << 20)
    const sizes = records.map(({ value }) => decodeCheckpoint(value).size)
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
  }
}

beforeAll(async () => {
  mkdirSync(faults)
  process.env["ASSAY_TEST_FAULTS"] = faults
  node = await open(2)
  for (const [kind, body] of world.signedItems) await publishKnowledge(node.log, kind, body)
  for (const device of devices) await say(device.did, device.presentation().bytes)
  await node.settled()
}, STEP_MS)

afterEach(() => {
  problems.length = 0
})

afterAll(async () => {
  await node.close()
  delete process.env["ASSAY_TEST_FAULTS"]
  rmSync(root, { recursive: true, force: true })
}, STEP_MS)

/** Of each end but the first the node says nothing for half a minute; that it is not ready it says of each. */
const isReplaced = (cause: string): Promise<void> =>
  vi.waitFor(() => expect(node.notReady()).toContain(`has ended and is replaced: ${cause}`), PATIENCE)

const sealedLeaves = (): number => node.sealer!.seals().reduce((sum, { leaves }) => sum + leaves!, 0)

it.each(["dies-staged", "dies-swapped", "dies-in-commit"] as const)(
  "one that %s is replaced, and every event is one leaf",
  { timeout: STEP_MS },
  async (fault) => {
    meet(fault)
    await feed(20)
    await isReplaced("a fault of the test")
    await feed(20)
    await node.settled()
    expect(node.notReady()).toBeNull()
    expect(sealedLeaves()).toBe(await events(node.log))
    await expectOneHistory(node.log)
  },
)

it("one that stands still holds up neither HTTP nor judging, and is ended and replaced", {
  timeout: STEP_MS,
}, async () => {
  const before = await events(node.log)
  meet("hangs")
  await feed(5)
  await vi.waitFor(() => expect(existsSync(join(faults, "hangs"))).toBe(false), PATIENCE)
  // If it sealed in the main thread, nothing would be taken, judged or answered from here on.
  await feed(5)
  const judged = before + 10 * devices.length
  await vi.waitFor(async () => expect(await events(node.log)).toBeGreaterThanOrEqual(judged), PATIENCE)
  const shown = await fetch(new URL(`/v1/devices/${encodeURIComponent(devices[0]!.did)}`, node.url!))
  expect(shown.status).toBe(200)
  expect(await fetch(new URL("/metrics", node.url!)).then((one) => one.text())).toContain("assay_unsealed_age")
  await isReplaced("it stood still for")
  await node.settled()
  expect(sealedLeaves()).toBe(await events(node.log))
})

it("a stop seals what was committed last, and the log verifies and goes on in the main thread", {
  timeout: STEP_MS,
}, async () => {
  await feed(100)
  await node.close()
  expect(problems).toEqual([])
  const verify = async (): Promise<number> => {
    const { code, out, err } = await assay(["verify", "data", "--key", join(dir, "vkeys"), "--json"], { cwd: root })
    expect(code, `${out}\n${err}`).toBe(0)
    const { reports } = JSON.parse(out) as { readonly reports: ReadonlyArray<{ readonly size: number }> }
    return reports.reduce((sum, { size }) => sum + size, 0)
  }
  const counted = async (): Promise<number> => {
    const log = await openEmbedded({ dir, readOnly: true })
    const count = await events(log)
    await expectOneHistory(log)
    await log.close()
    return count
  }
  const sealed = await verify()
  expect(sealed).toBe(await counted())
  node = await open(0)
  await feed(5)
  await node.settled()
  await node.close()
  expect(await verify()).toBeGreaterThan(sealed)
  expect(await verify()).toBe(await counted())
  node = await open(1)
})
