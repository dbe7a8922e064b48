/** For invariant 4: a node that is killed in the middle of its batches, again and again, and what must then be on its log. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { SERVICES, stagesOver } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge, replay, type Topology } from "@assay/engine"
import { ATTACKS, fleetPlan, fraction, type Submission, type World } from "@assay/fleet"
import { VerifyPool } from "@assay/jose/verify-pool"
import { type Log, partitionOf } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed, decodeAudit, decodeEntry, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { expect } from "vitest"

/** The part of all kills that must hit a node which still had work. */
const AT_WORK = 0.8
/** More is handed in where less than this is left, so that the next life has work, also where its killer is late. */
const ENOUGH = 1_000
const PARTITIONS = 2
/** The longest that a life lasts after its first commit. */
const LONGEST_MS = 40

const CHILD = fileURLToPath(new URL("./node.child.ts", import.meta.url))

const open = (dir: string, world: World, topology: Topology): Promise<OpenNode> =>
  openNode(SERVICES, {
    dir,
    partitions: PARTITIONS,
    roots: world.rootSet,
    topology,
    tickMs: 0,
    seal: true,
    workers: 0,
  })

const append = async (log: Log, submissions: Iterable<Submission>): Promise<void> => {
  const byPartition = Array.from({ length: PARTITIONS }, () => [] as Array<ReturnType<typeof encodeSubmitted>>)
  for (const submission of submissions) {
    if (submission.kind !== "message") continue
    byPartition[partitionOf(submission.key, PARTITIONS)]!.push(encodeSubmitted(submission.key, submission.envelope))
  }
  for (const [partition, records] of byPartition.entries())
    if (records.length > 0) await log.append({ stream: STREAMS.submitted, partition }, records)
}

/** Entries that the last consumer of `submitted` has not committed, and those still between the stages. */
const outstanding = async (log: Log, topology: Topology): Promise<number> => {
  const hops =
    topology === "chained"
      ? [["chained", STREAMS.submitted]]
      : [
          ["identity-resolver", STREAMS.submitted],
          ["credential-checker", STREAMS.identified],
          ["integrity-hasher", STREAMS.checked],
          ["segmentation-enforcer", STREAMS.hashed],
          ["anomaly-quarantine", STREAMS.segmented],
        ]
  let left = 0
  for (const [group, stream] of hops)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const at = { stream: stream!, partition }
      left += (await log.bounds(at)).end - (await log.position(group!, at))
    }
  return left
}

interface Life {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly batches: number
  readonly problems: string
}

/** Lets a node live until its first commit and `ms` more (or, where `ms` is null, only until it is ready), then kills it. */
const live = (dir: string, world: World, topology: Topology, ms: number | null): Promise<Life> =>
  new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [CHILD, dir, JSON.stringify(world.rootSet), topology])
    let said = ""
    let problems = ""
    let condemned = false
    const kill = (): boolean => child.kill("SIGKILL")
    child.stdout!.on("data", (chunk: Buffer) => {
      said += chunk.toString()
      if (condemned || !said.includes(ms === null ? "ready" : "batch")) return
      condemned = true
      if (ms === null) kill()
      else setTimeout(kill, ms)
    })
    child.stderr!.on("data", (chunk: Buffer) => {
      problems += chunk.toString()
    })
    child.on("error", reject)
    child.on("exit", (code, signal) => resolve({ code, signal, batches: said.split("batch ").length - 1, problems }))
  })

const scan = async function* (log: Log, stream: string, partition: number) {
  const at = { stream, partition }
  const { start, end } = await log.bounds(at)
  for (let next = start; next < end; ) {
    const records = await log.read(at, next, 1024, 16 << 20)
    yield* records
    next = records.at(-1)!.offset + 1
  }
}

/** @throws where an origin has two original decisions, or a stream is out of order */
const checkPartition = async (log: Log, partition: number): Promise<number> => {
  const submitted = new Set<number>()
  for await (const { offset, value } of scan(log, STREAMS.submitted, partition)) {
    let kind = "unreadable"
    try {
      kind = decodeEntry(value).body.kind
    } catch {}
    if (kind === "submitted" || kind === "unreadable") submitted.add(offset)
  }
  const decided = new Map<number, string>()
  const decide = (offset: number, what: string): void => {
    if (decided.has(offset)) throw new Error(`${partition}/${offset} is ${decided.get(offset)} and ${what}`)
    decided.set(offset, what)
  }
  const authenticated = new Set<number>()
  for (const outcome of ["verified", "annotated", "quarantined"] as const) {
    let last = -1
    for await (const { value } of scan(log, STREAMS[outcome], partition)) {
      const { origin, decision } = decodeAssayed(value)
      if (decision!.kind !== "original") continue
      decide(origin.offset, outcome)
      authenticated.add(origin.offset)
      // Order of the whole partition holds, and with it that of each device.
      expect(origin.offset).toBeGreaterThan(last)
      last = origin.offset
    }
  }
  let last = -1
  for await (const { value } of scan(log, STREAMS.rejected, partition)) {
    const { origin } = decodeRejected(value)
    decide(origin.offset, "rejected")
    expect(origin.offset).toBeGreaterThan(last)
    last = origin.offset
  }
  expect([...decided.keys()].sort((a, b) => a - b)).toEqual([...submitted])
  const recorded: Array<number> = []
  for await (const { value } of scan(log, STREAMS.audit, partition)) {
    const { kind, decision, origin } = decodeAudit(value)
    if (kind === "decision" && decision!.kind === "original") recorded.push(origin.offset)
  }
  expect(recorded).toEqual([...authenticated].sort((a, b) => a - b))
  return submitted.size
}

/**
 * Lets a node judge a fleet with attacks, kills it `kills` times, and then checks every decision, order and audit record.
 * @throws where a message has none or two decisions, or too few kills hit a node that had work
 */
export const expectOneDecisionAcross = async (kills: number, topology: Topology): Promise<void> => {
  const dir = join(mkdtempSync(join(tmpdir(), "assay-kill-")), "data")
  const { world, enrolment, run } = fleetPlan({
    devices: 24,
    messages: 40_000,
    seed: "invariant 4",
    now: Math.floor(Date.now() / 1000),
    attacks: ATTACKS.filter(({ category }) => category !== "control"),
    injections: 1,
    scale: { flood: 60, crowd: 60 },
  })
  const first = await open(dir, world, topology)
  await publishKnowledge(first.log, "bundle", world.signedBundle)
  await publishKnowledge(first.log, "policy", world.signedPolicy)
  await append(first.log, enrolment())
  await first.settled()
  await first.close()

  const source = run()[Symbol.iterator]()
  const next = function* (count: number): Iterable<Submission> {
    for (let n = 0; n < count; n++) {
      const { value, done } = source.next()
      if (done === true) return
      yield value
    }
  }
  let atWork = 0
  for (let kill = 0; kill < kills; kill++) {
    const log = await openEmbedded({ dir })
    const left = await outstanding(log, topology)
    if (left < ENOUGH) await append(log, next(ENOUGH))
    await log.close()
    // Every eighth dies as soon as it has started, in the middle of its first batch.
    const ms = kill % 8 === 7 ? null : fraction("delay", String(kill)) * LONGEST_MS
    const life = await live(dir, world, topology, ms)
    expect(life).toMatchObject({ code: null, signal: "SIGKILL", problems: "" })
    const after = await openEmbedded({ dir, readOnly: true })
    if ((await outstanding(after, topology)) > 0) atWork++
    await after.close()
  }
  expect(atWork).toBeGreaterThanOrEqual(AT_WORK * kills)

  const node = await open(dir, world, topology)
  await node.settled()
  let messages = 0
  for (let partition = 0; partition < PARTITIONS; partition++) messages += await checkPartition(node.log, partition)
  expect(messages).toBeGreaterThan(ENOUGH)
  const pool = new VerifyPool({ size: 1 })
  const report = await replay(node.log, world.rootSet, stagesOver(node.log, pool))
  await pool.close()
  expect(report).toMatchObject({ decisions: messages, agreed: messages, differing: 0, differences: [] })
  await node.close()
  rmSync(join(dir, ".."), { recursive: true, force: true })
}
