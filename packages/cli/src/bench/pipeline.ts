/** (b) and (c): the pipeline end to end and durable, from an append to the commit of its decision. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { publishKnowledge, type Topology } from "@assay/engine"
import type { WantedBackend } from "@assay/jose/verify"
import type { Log } from "@assay/log"
import { type OpenNode, openNode } from "@assay/node"
import { NODE } from "@assay/settings"
import { STREAMS } from "@assay/streams"
import type { Outcome } from "@assay/trust"
import { SERVICES } from "../services.ts"
import { countAllocation } from "./allocation.ts"
import { type BenchFleet, benchFleet, type Prepared } from "./fleet.ts"
import { memoryOf } from "./memory.ts"
import { THREAD_KINDS, type ThreadTimes, threadTimes } from "./thread-times.ts"

export interface StageCost {
  readonly stage: string
  /** Microseconds of the thread that judges for one message. */
  readonly gatherUs: number
  readonly judgeUs: number
}

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
  /** Bytes that the main thread allocates on its heap for one message, the bench's own share included. */
  readonly allocatedBytes: number
  /** Microseconds for one message in which the collector stopped the main thread. */
  readonly collectorUs: number
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

const appendAll = async (log: Log, batch: ReadonlyArray<Prepared>): Promise<void> => {
  await Promise.all(
    Array.from({ length: log.partitions }, (_, partition) => {
      const records = batch.filter((item) => item.partition === partition).map((item) => item.record)
      return records.length === 0 ? undefined : log.append({ stream: STREAMS.submitted, partition }, records)
    }),
  )
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const appendNext = async (opened: OpenNode, batch: ReadonlyArray<Prepared>): Promise<void> => {
  await appendAll(opened.log, batch)
  while ((await opened.backlog()) > AHEAD - APPEND) await pause(1)
}

/** Submits all, no further ahead than `AHEAD`; resolves when all are decided. */
const pump = async (opened: OpenNode, messages: ReadonlyArray<Prepared>): Promise<void> => {
  for (let at = 0; at < messages.length; at += APPEND) await appendNext(opened, messages.slice(at, at + APPEND))
  await opened.settled()
}

/** Each device shows its credentials; they are signed while those before are judged. */
const introduce = async (opened: OpenNode, fleet: BenchFleet, progress: (line: string) => void): Promise<void> => {
  let [batch, known]: [Array<Prepared>, number] = [[], 0]
  for (const presentation of fleet.presentations()) {
    if (batch.push(presentation) < APPEND) continue
    await appendNext(opened, batch)
    known += batch.length
    if (known % TELL_EVERY < APPEND) progress(`${known} devices have shown their credentials`)
    batch = []
  }
  await appendAll(opened.log, batch)
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
  use: (opened: OpenNode, fleet: BenchFleet) => Promise<A>,
): Promise<A> => {
  const dir = mkdtempSync(join(tmpdir(), "assay-bench-"))
  const fleet = benchFleet(options.devices, options.partitions, options.seed, options.speakers)
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
    await opened.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n)

/** Microseconds for one message. */
const perMessage = (before: ThreadTimes | null, after: ThreadTimes | null, messages: number): ThreadTimes | null => {
  if (before === null || after === null) return null
  const cost = { ...after }
  for (const kind of THREAD_KINDS) cost[kind] = (after[kind] - before[kind]) / 1000 / messages
  return cost
}

/** Messages after which a device is trusted. */
const TRUSTED = 10

export const warmUp = async (
  opened: OpenNode,
  fleet: BenchFleet,
  options: Pick<PipelineOptions, "speakers" | "warmUp" | "progress">,
): Promise<void> => {
  await introduce(opened, fleet, options.progress)
  // Signed in parts: what was signed is garbage then.
  for (let left = Math.max(options.speakers * TRUSTED, options.warmUp); left > 0; left -= WARM_UP_PART) {
    if (left % TELL_EVERY === 0) options.progress(`${left} messages of warm-up are left`)
    await pump(opened, fleet.next(Math.min(left, WARM_UP_PART)))
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
    const messages = fleet.next(options.messages)
    const counted = await outcomesOf(opened)
    const stagesBefore = await opened.node.stageTimes()
    options.progress(`${options.topology}, ${options.devices} devices: measuring ...`)
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
    const threads = perMessage(byKind, threadTimes(), messages.length)
    const to = nowUs()
    const { bytes, pausedUs } = allocated()
    return {
      topology: options.topology,
      workers: options.workers,
      devices: options.devices,
      speakers: options.speakers,
      messages: messages.length,
      perSecond: messages.length / seconds,
      mainUs: (mine.user + mine.system) / messages.length,
      processUs: (all.user + all.system) / messages.length,
      threads,
      window: [from, to],
      allocatedBytes: Math.round(bytes / messages.length),
      collectorUs: pausedUs / messages.length,
      stages: stageCosts(stagesBefore, await opened.node.stageTimes(), messages.length),
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
