/** (b) and (c): the pipeline end to end and durable, from an append to the commit of its decision. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge, type Topology } from "@assay/engine"
import type { WantedBackend } from "@assay/jose/verify"
import type { Log } from "@assay/log"
import { type Allocation, countAllocation, type OpenNode, openNode } from "@assay/node"
import { NODE } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import type { Outcome } from "@assay/trust"
import { SERVICES } from "../services.ts"
import { memoryOf } from "./memory.ts"
import type { Packed } from "./packed.ts"
import { Signer } from "./signer.ts"
import { type ThreadTimes, threadTimes, usPerMessage } from "./thread-times.ts"

export interface StageCost {
  readonly stage: string
  /** Microseconds of the thread that judges for one message. */
  readonly gatherUs: number
  readonly judgeUs: number
}

/** What was allocated on the JavaScript heap, for one message. */
export interface HeapCost {
  readonly bytes: number
  /** Microseconds in which collections stopped the thread. */
  readonly pausedUs: number
  readonly collections: number
}

const heapCost = ({ bytes, pausedUs, collections }: Allocation, messages: number): HeapCost => ({
  bytes: Math.round(bytes / messages),
  pausedUs: pausedUs / messages,
  collections: collections / messages,
})

export interface PipelineResult {
  readonly topology: Topology
  /** Threads that judge; 0: the main thread. */
  readonly workers: number
  readonly devices: number
  /** How many of them sent messages. */
  readonly speakers: number
  readonly messages: number
  readonly perSecond: number
  /** Microseconds of CPU of the main thread for one message: it submits, and where there are no workers it judges. */
  readonly mainUs: number
  /** Microseconds of CPU of the whole process for one message. */
  readonly processUs: number
  /** The same by kind of thread; null where the kernel does not say. */
  readonly threads: ThreadTimes | null
  /** From when to when it was measured, microseconds of the monotonic clock. */
  readonly window: readonly [from: number, to: number]
  /** Of the main thread, the bench's own share included. */
  readonly mainHeap: HeapCost
  /** Of the threads that judge; where there are none, the same as of the main thread. */
  readonly judgingHeap: HeapCost
  /** Whether the audit stream was sealed beside it. */
  readonly sealed: boolean
  readonly stages: ReadonlyArray<StageCost>
  readonly outcomes: Record<Outcome, number>
  /** Bytes of resident memory that came with each device; null where `memory.ts` does not say. */
  readonly bytesPerDevice: number | null
}

export interface PipelineOptions {
  readonly topology: Topology
  readonly workers: number
  readonly devices: number
  /** How many of them send messages, in turns; the others show their credentials and are only known. */
  readonly speakers: number
  readonly messages: number
  /** Judged before anything is measured, besides presentations: V8 still compiles while the first ten thousands are. */
  readonly warmUp: number
  readonly partitions: number
  readonly seed: string
  readonly verifyBackend: WantedBackend
  /** Whether the audit stream is sealed beside it. */
  readonly seal?: boolean
  readonly progress: (line: string) => void
}

const APPEND = 512
/** Entries submitted and not yet decided: the feeder stays this far ahead. */
const AHEAD = 4_096

const appendAll = async (log: Log, messages: Packed, from = 0, to = messages.count): Promise<void> => {
  await Promise.all(
    Array.from({ length: log.partitions }, (_, partition) => {
      const { records } = messages.of(partition, from, to)
      return records.length === 0 ? undefined : log.append({ stream: STREAMS.submitted, partition }, records)
    }),
  )
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Submits all, no further ahead than `AHEAD`. */
const submit = async (opened: OpenNode, messages: Packed): Promise<void> => {
  for (let at = 0; at < messages.count; at += APPEND) {
    await appendAll(opened.log, messages, at, at + APPEND)
    while ((await opened.backlog()) > AHEAD - APPEND) await pause(1)
  }
}

/** Resolves when all are decided. */
const pump = async (opened: OpenNode, messages: Packed): Promise<void> => {
  await submit(opened, messages)
  await opened.settled()
}

/** Each device shows its credentials; they are signed while those before are judged. */
const introduce = async (opened: OpenNode, fleet: Signer, progress: (line: string) => void): Promise<void> => {
  let known = 0
  for await (const part of fleet.presentations()) {
    await submit(opened, part)
    const before = known
    known += part.count
    if (Math.floor(known / TELL_EVERY) > Math.floor(before / TELL_EVERY))
      progress(`${known} devices have shown their credentials`)
  }
  await opened.settled()
}
const TELL_EVERY = 50_000

/** How many decisions of each outcome so far; what the threads that judge have counted is asked for. */
const outcomesOf = async (opened: OpenNode): Promise<Record<Outcome, number>> => {
  await opened.node.stageTimes()
  const outcomes: Record<Outcome, number> = { verified: 0, annotated: 0, quarantined: 0, rejected: 0, undecided: 0 }
  for (const { labels, value } of opened.metrics.instrument("decisions").series) outcomes[labels[0] as Outcome] = value
  return outcomes
}

/** Opens a node with the fleet's knowledge in force, hands it to `use`, and removes everything. */
export const withNode = async <A>(
  options: PipelineOptions,
  use: (opened: OpenNode, fleet: Signer) => Promise<A>,
): Promise<A> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"))
  const { devices, partitions, seed, speakers } = options
  const fleet = new Signer({ devices, partitions, seed, speakers })
  const opened = await openNode(SERVICES, {
    dir,
    partitions: options.partitions,
    roots: fleet.world.rootSet,
    topology: options.topology,
    tickMs: NODE.tickMs.fallback,
    seal: options.seal ?? false,
    verifyBackend: options.verifyBackend,
    workers: options.workers,
    onProblem: (what, cause) => options.progress(`${what}: ${String(cause)}`),
  })
  try {
    for (const [kind, body] of fleet.world.signedItems) await publishKnowledge(opened.log, kind, body)
    return await use(opened, fleet)
  } finally {
    fleet.stop()
    await opened.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n)

/** Messages after which a device is trusted. */
const TRUSTED = 10

export const warmUp = async (
  opened: OpenNode,
  fleet: Signer,
  options: Pick<PipelineOptions, "speakers" | "warmUp" | "progress">,
): Promise<void> => {
  await introduce(opened, fleet, options.progress)
  // Signed in parts: what was signed is garbage then.
  for (let left = Math.max(options.speakers * TRUSTED, options.warmUp); left > 0; left -= WARM_UP_PART) {
    if (left % TELL_EVERY === 0) options.progress(`${left} messages of warm-up are left`)
    await pump(opened, await fleet.next(Math.min(left, WARM_UP_PART)))
  }
}
const WARM_UP_PART = 10_000

/** Throughput and CPU, after a warm-up. */
export const measurePipeline = (options: PipelineOptions): Promise<PipelineResult> =>
  withNode(options, async (opened, fleet) => {
    options.progress(`${options.topology}, ${options.devices} devices: warming up ...`)
    const memory = memoryOf(options.devices)
    await warmUp(opened, fleet, options)
    const bytesPerDevice = memory()
    options.progress(`${options.topology}, ${options.devices} devices: signing ${options.messages} messages ...`)
    const messages = await fleet.next(options.messages)
    const counted = await outcomesOf(opened)
    const stagesBefore = await opened.node.stageTimes()
    options.progress(`${options.topology}, ${options.devices} devices: measuring ...`)
    await opened.node.allocated() // begins to count
    const allocated = countAllocation()
    const from = nowUs()
    const byKind = threadTimes()
    const thread = process.threadCpuUsage()
    const whole = process.cpuUsage()
    const started = performance.now()
    await pump(opened, messages)
    const seconds = (performance.now() - started) / 1000
    const mine = process.threadCpuUsage(thread)
    const all = process.cpuUsage(whole)
    const threads = usPerMessage(byKind, threadTimes(), messages.count)
    const to = nowUs()
    const mainHeap = heapCost(allocated(), messages.count)
    const judgingHeap = heapCost(await opened.node.allocated(), messages.count)
    return {
      topology: options.topology,
      workers: options.workers,
      devices: options.devices,
      speakers: options.speakers,
      messages: messages.count,
      perSecond: messages.count / seconds,
      mainUs: (mine.user + mine.system) / messages.count,
      processUs: (all.user + all.system) / messages.count,
      threads,
      window: [from, to],
      mainHeap,
      judgingHeap,
      sealed: options.seal ?? false,
      stages: stageCosts(stagesBefore, await opened.node.stageTimes(), messages.count),
      outcomes: difference(await outcomesOf(opened), counted),
      bytesPerDevice,
    }
  })

const difference = (after: Record<Outcome, number>, before: Record<Outcome, number>): Record<Outcome, number> => ({
  verified: after.verified - before.verified,
  annotated: after.annotated - before.annotated,
  quarantined: after.quarantined - before.quarantined,
  rejected: after.rejected - before.rejected,
  undecided: after.undecided - before.undecided,
})

interface Time {
  readonly stage: string
  readonly gatherUs: number
  readonly judgeUs: number
}

const stageCosts = (
  before: ReadonlyArray<Time>,
  after: ReadonlyArray<Time>,
  messages: number,
): ReadonlyArray<StageCost> => {
  const costs = new Map<string, { gatherUs: number; judgeUs: number }>()
  after.forEach((time, at) => {
    const cost = costs.get(time.stage) ?? { gatherUs: 0, judgeUs: 0 }
    cost.gatherUs += (time.gatherUs - (before[at]?.gatherUs ?? 0)) / messages
    cost.judgeUs += (time.judgeUs - (before[at]?.judgeUs ?? 0)) / messages
    costs.set(time.stage, cost)
  })
  return [...costs].map(([stage, cost]) => ({ stage, ...cost }))
}
