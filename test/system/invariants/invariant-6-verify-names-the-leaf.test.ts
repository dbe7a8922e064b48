/**
 * Invariant 6: no audit event can be changed, removed or reordered without verification naming the exact leaf, given the
 * log's key and an earlier checkpoint from outside; without that, it says that the log is self-consistent only.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { feed, Ledger } from "@assay/cli/demo"
import { SERVICES } from "@assay/cli/services"
import { verifyLog } from "@assay/cli/verify"
import { publishKnowledge } from "@assay/engine"
import { ATTACKS, fleetPlan } from "@assay/fleet"
import { saltsPath, startSealers, vkeyPath } from "@assay/integrity-hasher/sealer"
import { openEmbedded } from "@assay/log/embedded"
import { openNode } from "@assay/node"
import { decodeAudit, encodeAudit } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { KeyStore, logDirectory, type OpenKeys, type Report, verifyDirectory } from "@assay/transparency/storage"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const RUNS = 12

let root: string
let dir: string
/** All of audit.events, in order: the leaf of each is its place. */
let events: ReadonlyArray<Uint8Array>
/** A checkpoint that an auditor took away while the node still worked. */
let earlier: string
let vkey: string
let keys: OpenKeys

const readAudit = async (from: string): Promise<ReadonlyArray<Uint8Array>> => {
  const log = await openEmbedded({ dir: from, readOnly: true })
  const records = await log.read({ stream: STREAMS.audit, partition: 0 }, 0, 100_000, 1 << 30)
  const values = records.map(({ value }) => Uint8Array.from(value))
  await log.close()
  return values
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "assay-leaf-"))
  dir = join(root, "data")
  const plan = fleetPlan({
    devices: 6,
    messages: 120,
    seed: "invariant 6",
    now: Math.floor(Date.now() / 1000),
    attacks: ATTACKS.filter(({ name }) => ["replay", "clone", "bit-flip", "equivocation"].includes(name)),
    injections: 1,
  })
  const ledger = new Ledger()
  const node = await openNode(SERVICES, {
    dir,
    partitions: 1,
    roots: plan.world.rootSet,
    topology: "chained",
    tickMs: 0,
    seal: true,
    workers: 0,
    onBatch: ledger.batch,
  })
  await publishKnowledge(node.log, "bundle", plan.world.signedBundle)
  await publishKnowledge(node.log, "policy", plan.world.signedPolicy)
  await feed(node.log, plan.enrolment(), ledger, () => undefined)
  await node.settled()
  earlier = readFileSync(join(logDirectory(dir, 0), "checkpoint"), "utf8")
  await feed(node.log, plan.run(), ledger, () => undefined)
  await node.settled()
  await node.close()
  events = await readAudit(dir)
  vkey = readFileSync(vkeyPath(dir, 0), "utf8").trim()
  keys = await KeyStore.read(saltsPath(dir, 0))
})

afterAll(async () => {
  await keys.close()
  rmSync(root, { recursive: true, force: true })
})

const stream = async function* (values: ReadonlyArray<Uint8Array>) {
  for (const [offset, value] of values.entries()) yield { offset, value }
}

const verify = (
  values: ReadonlyArray<Uint8Array>,
  since: string | null = earlier,
  directory = logDirectory(dir, 0),
): Promise<Report> => verifyDirectory(directory, { vkey, keys, ...(since === null ? {} : { since }) }, stream(values))

const leavesOf = ({ findings }: Report): ReadonlyArray<number | null> => findings.map(({ leaf }) => leaf)

/** Any leaf, small and large alike. */
const anyLeaf = () => fc.integer({ min: 0, max: events.length - 2 })

const forAnyLeaf = (check: (leaf: number, more: number) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(anyLeaf(), fc.nat(), check), { numRuns: RUNS, seed: 6 })

describe("invariant 6: verification names the exact leaf", () => {
  it("finds nothing in an untouched log, anchored by the earlier checkpoint", async () => {
    expect(events.length).toBeGreaterThan(200)
    expect(await verify(events)).toMatchObject({
      intact: true,
      anchored: true,
      size: events.length,
      compared: events.length,
      unsealed: 0,
      findings: [],
    })
    const alone = await verify(events, null)
    expect(alone).toMatchObject({ intact: true, anchored: false })
    expect(alone.summary).toContain("self-consistent only")
    const log = await openEmbedded({ dir, readOnly: true })
    expect(
      await verifyLog(log, dir, { partition: 0, directory: logDirectory(dir, 0), keys: vkey, since: earlier }),
    ).toMatchObject({ intact: true, anchored: true })
    await log.close()
  })

  it("names an event of which any byte was changed", async () => {
    await forAnyLeaf(async (leaf, more) => {
      const changed = Buffer.from(events[leaf]!)
      const at = more % changed.length
      changed[at] = changed[at]! ^ (1 << (more % 8))
      const report = await verify(events.with(leaf, changed))
      expect(report.intact).toBe(false)
      expect(report.findings[0]!.leaf).toBe(leaf)
      // A byte in the event's own name makes it another event, missing here and inserted there: nothing else is accused.
      expect(new Set(leavesOf(report).filter((found) => found !== null && found !== leaf)).size).toBe(0)
    })
  })

  it("names a decision that somebody wrote better than it was", async () => {
    const leaf = events.findIndex((value) => decodeAudit(value).decision?.outcome === "quarantined")
    const event = decodeAudit(events[leaf]!)
    const better = encodeAudit({ ...event, decision: { ...event.decision!, outcome: "verified", reasons: [] } })
    const report = await verify(events.with(leaf, better))
    expect(report.findings).toMatchObject([
      { kind: "event-altered", leaf, event: { origin: event.origin, index: event.index } },
    ])
  })

  it("names an event that was removed", async () => {
    await forAnyLeaf(async (leaf) => {
      const report = await verify(events.toSpliced(leaf, 1))
      expect(report.findings).toMatchObject([{ kind: "event-missing", leaf }])
    })
  })

  it("names each of the events that were cut off at the end", async () => {
    const report = await verify(events.slice(0, -3))
    const end = events.length
    expect(report.findings).toMatchObject([end - 3, end - 2, end - 1].map((leaf) => ({ kind: "event-missing", leaf })))
  })

  it("names two events that changed places", async () => {
    await forAnyLeaf(async (leaf, more) => {
      const other = leaf + 1 + (more % Math.min(40, events.length - leaf - 1))
      const report = await verify(events.with(leaf, events[other]!).with(other, events[leaf]!))
      expect(report.intact).toBe(false)
      expect(new Set(leavesOf(report))).toContain(leaf)
      for (const found of leavesOf(report)) expect(found! >= leaf && found! <= other).toBe(true)
    })
  })

  it("finds an event that was slipped in, and accuses no other", async () => {
    await forAnyLeaf(async (leaf) => {
      const event = decodeAudit(events[leaf]!)
      const report = await verify(events.toSpliced(leaf, 0, encodeAudit({ ...event, index: event.index + 77 })))
      expect(report.intact).toBe(false)
      expect(report.findings.map(({ kind }) => kind)).toEqual(["event-inserted"])
    })
  })

  it("names the leaf whose entry was changed in the log's own files", async () => {
    await forAnyLeaf(async (leaf, more) => {
      const copy = mkdtempSync(join(root, "copy-"))
      cpSync(logDirectory(dir, 0), copy, { recursive: true })
      flipInEntry(copy, leaf, more)
      const report = await verify(events, earlier, copy)
      expect(report.intact).toBe(false)
      expect(new Set(leavesOf(report))).toEqual(new Set([leaf]))
    })
  })

  it("sees through a past that the holder of the log's key has rewritten as a whole, if a checkpoint was taken away before", async () => {
    const leaf = 5
    const event = decodeAudit(events[leaf]!)
    const rewritten = events.with(leaf, encodeAudit({ ...event, time: event.time + 1 }))
    const other = join(root, "rewritten")
    const log = await openEmbedded({ dir: other, partitions: 1 })
    for (const file of ["log-key.pem", "salts"]) cpSync(join(dir, file), join(other, file), { recursive: true })
    await log.append(
      { stream: STREAMS.audit, partition: 0 },
      rewritten.map((value) => ({ key: Buffer.alloc(0), value })),
    )
    const problems: Array<unknown> = []
    const sealers = await startSealers(log, other, (cause) => problems.push(cause))
    await sealers.settled()
    await sealers.stop()
    await log.close()
    expect(problems).toEqual([])
    const alone = await verify(rewritten, null, logDirectory(other, 0))
    expect(alone).toMatchObject({ intact: true, anchored: false })
    expect(alone.summary).toContain("self-consistent only")
    const anchored = await verify(rewritten, earlier, logDirectory(other, 0))
    expect(anchored.intact).toBe(false)
    expect(anchored.findings.map(({ kind }) => kind)).toContain("history")
  })
})

/** C2SP tlog-tiles: bundles of at most 256 entries, each after its length as uint16 BE. */
const flipInEntry = (copy: string, leaf: number, more: number): void => {
  const bundle = readdirSync(join(copy, "tile", "entries"), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => path.includes(String(leaf >> 8).padStart(3, "0")))
  expect(bundle.length).toBeGreaterThan(0)
  for (const path of bundle) {
    const bytes = readFileSync(path)
    let at = 0
    for (let n = 0; n < leaf % 256 && at < bytes.length; n++) at += 2 + bytes.readUInt16BE(at)
    if (at >= bytes.length) continue // an older partial bundle that ends before it
    const place = at + 2 + (more % bytes.readUInt16BE(at))
    bytes[place] = bytes[place]! ^ 1
    writeFileSync(path, bytes)
  }
}
