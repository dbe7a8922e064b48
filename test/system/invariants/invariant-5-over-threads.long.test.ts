/** Invariant 5: the same entries give the same verdicts, on however many threads. */
import { hash } from "node:crypto"
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SERVICES } from "@assay/cli/services"
import { encodeSubmitted, publishKnowledge, type Topology } from "@assay/engine"
import { ATTACKS, fleetPlan, type Submission } from "@assay/fleet"
import { type Log, partitionOf, recordsIn } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { type OpenNode, openNode } from "@assay/node"
import { decodeAssayed, decodeRejected } from "@assay/schemas"
import { STREAMS } from "@assay/streams"
import { formatOrigin } from "@assay/trust"
import { afterAll, expect, it } from "vitest"

const PARTITIONS = 4
const STEP_MS = 240_000
const NOW = Math.floor(Date.now() / 1000)
const root = mkdtempSync(join(tmpdir(), "assay-threads-"))

const { world, enrolment, run } = fleetPlan({
  devices: 16,
  messages: 800,
  seed: "threads",
  now: NOW,
  attacks: ATTACKS.filter(({ category }) => category !== "control"),
  injections: 1,
  scale: { flood: 40, crowd: 40 },
})

/** Signed once: both logs have the same. */
const enrolled = [...enrolment()]
const sent = [...run()]

/** Each at its own time, 20 ms after the one before: devices earn trust with time. */
const clock = { ms: NOW * 1000 }
const append = async (log: Log, submissions: Iterable<Submission>): Promise<void> => {
  const calls: Array<Promise<unknown>> = []
  for (const submission of submissions) {
    if (submission.kind !== "message") continue
    clock.ms += 20
    const partition = partitionOf(submission.key, PARTITIONS)
    const record = encodeSubmitted(submission.key, submission.envelope)
    calls.push(log.append({ stream: STREAMS.submitted, partition }, [record]))
  }
  await Promise.all(calls)
}

const open = (dir: string, workers: number, topology: Topology): Promise<OpenNode> =>
  openNode(SERVICES, { dir, roots: world.rootSet, topology, tickMs: 0, seal: false, workers })

/** A log on which the devices are known, and everything else is still to be judged. @returns its directory */
const prepare = async (topology: Topology): Promise<string> => {
  const source = join(root, topology)
  clock.ms = NOW * 1000
  const first = await openEmbedded({ dir: source, partitions: PARTITIONS, clock: () => clock.ms })
  for (const [kind, body] of world.signedItems) await publishKnowledge(first, kind, body)
  await append(first, enrolled)
  await first.close()
  // Devices are admitted by entries that the stages append.
  const node = await open(source, 0, topology)
  await node.settled()
  await node.close()
  const log = await openEmbedded({ dir: source, clock: () => clock.ms })
  await append(log, sent)
  await log.close()
  return source
}
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What was decided of each message, with all that its record says. */
const decisionsOf = async (log: Log): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>()
  const note = (origin: string, what: string): void => {
    expect(found.has(origin)).toBe(false)
    found.set(origin, what)
  }
  for (let partition = 0; partition < log.partitions; partition++) {
    for (const outcome of ["verified", "annotated", "quarantined"] as const)
      for await (const { value } of recordsIn(log, STREAMS[outcome], partition))
        note(formatOrigin(decodeAssayed(value).origin), `${outcome} ${hash("sha256", value)}`)
    for await (const { value } of recordsIn(log, STREAMS.rejected, partition)) {
      const { origin, reasons, detail } = decodeRejected(value)
      note(formatOrigin(origin), `rejected ${reasons.join()} ${detail}`)
    }
  }
  return found
}

const judgedBy = async (source: string, workers: number, topology: Topology): Promise<ReadonlyMap<string, string>> => {
  const dir = `${source}-by-${workers}`
  cpSync(source, dir, { recursive: true })
  const node = await open(dir, workers, topology)
  await node.settled()
  const decisions = await decisionsOf(node.log)
  await node.close()
  return decisions
}

it.each(["chained", "staged"] as const)(
  "0, 1 and 3 threads decide alike, %s",
  { timeout: STEP_MS },
  async (topology) => {
    const source = await prepare(topology)
    const here = await judgedBy(source, 0, topology)
    expect(here.size).toBeGreaterThan(800)
    const outcomes = new Set([...here.values()].map((what) => what.split(" ")[0]))
    expect(outcomes).toEqual(new Set(["verified", "annotated", "quarantined", "rejected"]))
    for (const workers of [1, 3])
      expect([...(await judgedBy(source, workers, topology))].sort()).toEqual([...here].sort())
  },
)
