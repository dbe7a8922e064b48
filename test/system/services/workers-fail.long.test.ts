/** Threads that judge and die, hang, or are ended in the middle of a commit: nothing is lost or repeated, the others go on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES, stagesOver } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge, replay } from "@assay/engine"
import { type Device, envelopeOf, World } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import { type Log, partitionOf, UnavailableError } from "@assay/log"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest"
import { type Fault, faulty } from "../deployment/worker-faults.ts"

const STEP_MS = 120_000
const PARTITIONS = 2
const STALL_MS = 3_000
const PATIENCE = { timeout: 60_000, interval: 20 }
const services = SERVICES.map((service) => (service.name === faulty.name ? faulty : service))
const root = mkdtempSync(join(tmpdir(), "assay-workers-fail-"))
const faults = join(root, "faults")
const problems: Array<string> = []
let world: World
let devices: ReadonlyArray<Device>
let node: OpenNode

const meet = (fault: Fault): void => writeFileSync(join(faults, fault), "")

const home = (device: Device): number => partitionOf(Buffer.from(device.did), PARTITIONS)

/** Messages that the log has taken so far, and those of which nobody knows. */
let taken = 0
let unknown = 0
const say = async (device: Device, bytes: Uint8Array): Promise<void> => {
  const key = Buffer.from(device.did)
  const append = node.log.append({ stream: STREAMS.submitted, partition: home(device) }, [
    encodeSubmitted(key, envelopeOf(bytes)),
  ])
  await append.then(
    () => taken++,
    (cause) => {
      if (!(cause instanceof UnavailableError)) throw cause
      unknown++
    },
  )
}

/** `count` messages of each device of these partitions, all at once. */
const feed = async (count: number, partitions: ReadonlyArray<number> = [0, 1]): Promise<void> => {
  const calls: Array<Promise<void>> = []
  for (const device of devices.filter((one) => partitions.includes(home(one))))
    for (let n = 0; n < count; n++) calls.push(say(device, device.message().bytes))
  await Promise.all(calls)
}

const originsOf = async (log: Log, partition: number): Promise<ReadonlyArray<number>> => {
  const found: Array<number> = []
  for (const stream of [STREAMS.verified, STREAMS.annotated, STREAMS.quarantined, STREAMS.rejected]) {
    const { start, end } = await log.bounds({ stream, partition })
    for (let at = start; at < end; ) {
      const records = await log.read({ stream, partition }, at, 512, 8 << 20)
      for (const { value } of records)
        found.push((stream === STREAMS.rejected ? decodeRejected(value) : decodeAssayed(value)).origin.offset)
      at = records.at(-1)!.offset + 1
    }
  }
  return found.sort((a, b) => a - b)
}

/** How many threads ended by themselves. */
const ends = async (): Promise<number> => {
  const found = /assay_restores_total\{group="chained",error_type="other"\} (\d+)/.exec(await node.metrics.scrape())
  return Number(found?.[1] ?? 0)
}

/** Every message has one decision, and the replay agrees with each. */
const expectWhole = async (): Promise<void> => {
  await vi.waitFor(() => expect(node.notReady()).toBeNull(), PATIENCE)
  await node.settled()
  let decisions = 0
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const origins = await originsOf(node.log, partition)
    expect(new Set(origins).size).toBe(origins.length)
    decisions += origins.length
  }
  const pool = new VerifyPool({ size: 1 })
  const report = await replay(node.log, world.rootSet, stagesOver(node.log, pool))
  await pool.close()
  // The replay derives a decision for every message on `submitted`, so that each has exactly one.
  expect(report).toMatchObject({ decisions, agreed: decisions, differing: 0 })
  expect(decisions).toBeGreaterThanOrEqual(taken)
  expect(decisions).toBeLessThanOrEqual(taken + unknown)
}

beforeAll(async () => {
  mkdirSync(faults)
  process.env["ASSAY_TEST_FAULTS"] = faults
  world = new World({ seed: "workers fail", now: Math.floor(Date.now() / 1000) })
  devices = Array.from({ length: 12 }, (_, n) => world.device(`device ${n}`))
  node = await openNode(services, {
    dir: join(root, "data"),
    partitions: PARTITIONS,
    roots: world.rootSet,
    topology: "chained",
    tickMs: 0,
    seal: true,
    workers: PARTITIONS,
    stallMs: STALL_MS,
    batchRecords: 64,
    onProblem: (what) => problems.push(what),
  })
  for (const [kind, body] of world.signedItems) await publishKnowledge(node.log, kind, body)
  await Promise.all(devices.map((device) => say(device, device.presentation().bytes)))
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

it("one that dies is replaced from the log, while the other goes on", { timeout: STEP_MS }, async () => {
  meet("dies")
  const [victim] = devices
  await feed(40, [home(victim!)])
  await vi.waitFor(() => expect(problems.join("\n")).toContain("a thread that judges has ended"), PATIENCE)
  const other = 1 - home(victim!)
  await feed(10, [other])
  await expectWhole()
  expect(await ends()).toBe(1)
})

it("one that dies in the middle of its commits loses and repeats nothing", { timeout: STEP_MS }, async () => {
  const before = await ends()
  for (let death = 1; death <= 2; death++) {
    meet("dies-in-commit")
    await feed(30)
    await vi.waitFor(async () => expect(await ends()).toBe(before + death), PATIENCE)
    await vi.waitFor(() => expect(node.notReady()).toBeNull(), PATIENCE)
  }
  await expectWhole()
})

it("one that stands still is noticed, ended and replaced", { timeout: STEP_MS }, async () => {
  meet("hangs")
  const [victim] = devices
  await feed(40, [home(victim!)])
  await vi.waitFor(() => expect(problems.join("\n")).toContain("makes no progress and is restarted"), PATIENCE)
  await expectWhole()
})

it("one that dies again and again ends the node with what it died of", { timeout: STEP_MS }, async () => {
  const ended = node.ended.then(
    () => null,
    (cause: Error) => cause,
  )
  const [victim] = devices
  await feed(1, [home(victim!)])
  await node.settled()
  meet("dies")
  const again = setInterval(() => meet("dies"), 5)
  await feed(1, [home(victim!)])
  const cause = await ended
  clearInterval(again)
  rmSync(join(faults, "dies"), { force: true })
  expect(cause!.message).toBe("a fault of the test")
})
