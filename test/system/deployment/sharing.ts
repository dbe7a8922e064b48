/**
 * Several nodes in one test on one log that they share: a real embedded log with the manners of a cluster underneath, and
 * groups whose shares the test moves as it likes. Each node has its own view of the log, with its own faults.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stagesOver } from "@assay/cli/services"
import {
  encodeSubmitted,
  type NodeOptions,
  publishKnowledge,
  type RunningNode,
  replay,
  startNode,
  submitControl,
  type Topology,
} from "@assay/engine"
import { fleetPlan, type Submission } from "@assay/fleet"
import { type Log, lagOf, partitionOf, UnavailableError } from "@assay/log"
import { openEmbedded } from "@assay/log/embedded"
import { STAGE_STREAMS, STREAMS } from "@assay/streams"
import { ClusterLikeLog } from "@assay/testkit/cluster-like-log"
import { VerifyOnce } from "@assay/testkit/verify-once"
import { SERVICE_NAMES, STAGES } from "@assay/trust"

export const PARTITIONS = 3
const START = 1_760_000_000
/** Submissions. */
const PIECE = 12

/** Every test lets the same fleet live the same life: signed once, and each signature verified once, for a test file. */
const PLAN = fleetPlan({
  devices: 12,
  messages: 400,
  seed: "sharing",
  now: START,
  injections: 1,
  scale: { learn: 10, flood: 40, crowd: 10 },
})
const LIFE: ReadonlyArray<Submission> = [...PLAN.enrolment(), ...PLAN.run()]
const pool = new VerifyOnce({ size: 1 })

interface Member {
  readonly node: number
  readonly onAssigned: (partitions: ReadonlySet<number>) => void
}

/** What goes wrong for one node; a test sets it while the node runs. */
export interface Faults {
  /** The part of commits that is refused, and of those that come to be although the answer is lost. */
  refused: number
  unanswered: number
  /** The stream whose reading hangs from now on. */
  hangs: string | null
  /** Partitions whose every commit fails with a bug, or with what one entry triggers. */
  breaks: ReadonlySet<number>
  /** Where a partition of `submitted` ends, as it is shown: it was replaced by a shorter one. */
  ends: ReadonlyMap<number, number>
}

export class Sharing {
  readonly log: Log
  readonly cluster: ClusterLikeLog
  readonly nodes: Array<RunningNode> = []
  private readonly dir: string
  private readonly groups = new Map<string, Array<Member>>()
  private readonly shares = new Map<string, ReadonlyArray<number>>()

  private constructor(dir: string, inner: Log) {
    this.dir = dir
    this.cluster = new ClusterLikeLog(inner)
    this.log = this.cluster.process()
  }

  static async open(): Promise<Sharing> {
    const dir = mkdtempSync(join(tmpdir(), "assay-sharing-"))
    let now = START * 1000
    return new Sharing(dir, await openEmbedded({ dir, partitions: PARTITIONS, clock: () => now++ }))
  }

  /** Who has which partition of a group: node numbers by partition. Members hear of it one after the other. */
  share(group: string, owners: ReadonlyArray<number>): void {
    this.shares.set(group, owners)
    for (const member of this.groups.get(group) ?? []) member.onAssigned(this.shareOf(group, member.node))
  }

  private shareOf(group: string, node: number): ReadonlySet<number> {
    const owners = this.shares.get(group) ?? Array.from({ length: PARTITIONS }, () => 0)
    return new Set(owners.flatMap((owner, partition) => (owner === node ? [partition] : [])))
  }

  private viewOf(node: number, faults: Faults): Log {
    const own = this.cluster.process()
    return {
      ...own,
      traits: { ...own.traits, shared: true },
      read: (at, from, records, bytes) =>
        at.stream === faults.hangs ? new Promise(() => undefined) : own.read(at, from, records, bytes),
      bounds: async (at) => {
        const bounds = await own.bounds(at)
        const end = at.stream === STREAMS.submitted ? faults.ends.get(at.partition) : undefined
        return end === undefined ? bounds : { ...bounds, end }
      },
      commit: async (partition, commit) => {
        if (faults.breaks.has(partition)) throw new RangeError("a batch of 9 bytes is larger than its topic takes")
        if (Math.random() < faults.refused) throw new UnavailableError("no broker answers")
        const done = await own.commit(partition, commit)
        if (Math.random() < faults.unanswered) throw new UnavailableError("the answer to a commit was lost")
        return done
      },
      join: async (group, _stream, onAssigned) => {
        const member = { node, onAssigned }
        const members = this.groups.get(group) ?? []
        this.groups.set(group, [...members, member])
        onAssigned(this.shareOf(group, node))
        return {
          confirm: async (partition) => this.shareOf(group, node).has(partition),
          leave: async () => {
            this.groups.set(
              group,
              this.groups.get(group)!.filter((other) => other !== member),
            )
          },
        }
      },
    }
  }

  async start(topology: Topology, more: Partial<NodeOptions> = {}): Promise<Faults> {
    const faults: Faults = { refused: 0, unanswered: 0, hangs: null, breaks: new Set(), ends: new Map() }
    const log = this.viewOf(this.nodes.length, faults)
    const stagesFor = stagesOver(log, pool)
    const roots = PLAN.world.rootSet
    this.nodes.push(await startNode({ log, roots, topology, batchRecords: 16, stopMs: 200, stagesFor, ...more }))
    return faults
  }

  /** Appends the fleet's life: at once, or one submission after the other, with `between` after each piece. */
  async feed(between?: () => Promise<void>): Promise<void> {
    await publishKnowledge(this.log, "bundle", PLAN.world.signedBundle)
    await publishKnowledge(this.log, "policy", PLAN.world.signedPolicy)
    let pending: Array<Promise<void>> = []
    for (const [nth, submission] of LIFE.entries()) {
      pending.push(this.append(submission))
      // A message has its place as soon as the log was called; where nothing has to happen meanwhile, nobody waits for a disk.
      if (between === undefined && submission.kind === "message") continue
      await Promise.all(pending)
      pending = []
      if ((nth + 1) % PIECE === 0) await between?.()
    }
    await Promise.all(pending)
  }

  private async append(submission: Submission): Promise<void> {
    if (submission.kind === "control") await submitControl(this.log, submission.tokens)
    else if (submission.kind === "knowledge")
      await publishKnowledge(this.log, submission.item, Buffer.from(submission.body))
    else {
      const at = { stream: STREAMS.submitted, partition: partitionOf(submission.key, PARTITIONS) }
      await this.log.append(at, [encodeSubmitted(submission.key, submission.envelope)])
    }
  }

  /** Entries that some stage has still to judge. */
  async openWork(topology: Topology, partitions?: ReadonlyArray<number>): Promise<number> {
    const groups =
      topology === "chained"
        ? [["chained", STREAMS.submitted] as const]
        : STAGES.map((stage) => [SERVICE_NAMES[stage], STAGE_STREAMS[stage].input] as const)
    let left = 0
    for (const [group, stream] of groups)
      for (const partition of partitions ?? Array.from({ length: PARTITIONS }, (_, n) => n))
        left += await lagOf(this.log, group, { stream, partition })
    return left
  }

  /** Derives every decision again, on its own, and compares. */
  replay(): ReturnType<typeof replay> {
    return replay(this.log, PLAN.world.rootSet, stagesOver(this.log, pool))
  }

  /** For `afterAll`. */
  static closePool(): Promise<void> {
    return pool.close()
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop().catch(() => undefined)))
    await this.log.close()
    rmSync(this.dir, { recursive: true, force: true })
  }
}
