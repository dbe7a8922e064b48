/** Keeps the model up with the log: one loop for each partition that is this process's share. */
import { setTimeout as delay } from "node:timers/promises"
import type { Log, Membership } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { ReadModelError } from "./errors.ts"
import { PartitionFeed } from "./feed.ts"
import type { Store } from "./store.ts"

export const READ_MODEL_GROUP = "read-model"

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
/** The same problem is not reported again within this time. */
const REPEAT_MS = 60_000

export interface ProjectorOptions {
  /** How often a partition without news asks whether Redis still has what it had, and how often the lag is measured. */
  readonly checkMs: number
  readonly onProblem: (what: string, cause: unknown) => void
  /** At every `checkMs`, after the lag was measured. */
  readonly onMetrics: (now: ProjectorMetrics) => void
}

export interface ProjectorMetrics {
  /** Partitions that are this process's share. */
  readonly partitions: number
  /** 1 where the last call to Redis went well in every partition. */
  readonly up: 0 | 1
  readonly applied: number
  readonly unreadable: number
  readonly lost: number
  readonly failures: number
  /** At most so many audit records are not in, over all partitions, as of the last measurement. */
  readonly lagRecords: number
  /** Age of the oldest audit record that is not in, in milliseconds; of the partition that is furthest behind. */
  readonly lagMs: number
}

interface Loop {
  readonly feed: PartitionFeed
  readonly stop: AbortController
  failing: boolean
  lagRecords: number
  lagMs: number
}

export class Projector {
  private readonly log: Log
  private readonly store: Store
  private readonly options: ProjectorOptions
  private readonly loops = new Map<number, Loop>()
  private readonly ended: Array<Promise<void>> = []
  private readonly reported = new Map<string, number>()
  private membership: Membership | null = null
  private stopping = false
  private timer: NodeJS.Timeout | null = null
  private measuring: Promise<void> = Promise.resolve()
  private applied = 0
  private unreadable = 0
  private lost = 0
  private failures = 0

  constructor(log: Log, store: Store, options: ProjectorOptions) {
    this.log = log
    this.store = store
    this.options = options
  }

  /** Joins the group and begins. Redis need not be there. @throws what the log says */
  async start(): Promise<void> {
    this.membership = await this.log.join(READ_MODEL_GROUP, STREAMS.audit, (partitions) => this.assign(partitions))
    this.timer = setInterval(() => {
      this.measuring = this.measuring.then(() => this.measure())
    }, this.options.checkMs)
    this.timer.unref()
  }

  /** Finishes the steps in hand; resolves when nothing reads the log any more. */
  async stop(): Promise<void> {
    this.stopping = true
    if (this.timer !== null) clearInterval(this.timer)
    this.assign(new Set())
    await Promise.all(this.ended)
    await this.measuring
    await this.membership?.leave()
  }

  metrics(): ProjectorMetrics {
    const loops = [...this.loops.values()]
    return {
      partitions: loops.length,
      up: loops.some((loop) => loop.failing) ? 0 : 1,
      applied: this.applied,
      unreadable: this.unreadable,
      lost: this.lost,
      failures: this.failures,
      lagRecords: loops.reduce((sum, loop) => sum + loop.lagRecords, 0),
      lagMs: loops.reduce((most, loop) => Math.max(most, loop.lagMs), 0),
    }
  }

  /** Two processes at one partition would only repeat each other's work: what is applied twice changes nothing. */
  private assign(partitions: ReadonlySet<number>): void {
    for (const [partition, loop] of this.loops) {
      if (partitions.has(partition)) continue
      loop.stop.abort()
      this.loops.delete(partition)
    }
    for (const partition of partitions) {
      if (this.stopping || this.loops.has(partition)) continue
      const feed = new PartitionFeed(this.log, this.store, partition)
      const stop = new AbortController()
      const loop: Loop = { feed, stop, failing: false, lagRecords: 0, lagMs: 0 }
      this.loops.set(partition, loop)
      const done = this.run(loop)
      this.ended.push(done)
      void done.then(() => this.ended.splice(this.ended.indexOf(done), 1))
    }
  }

  private async run(loop: Loop): Promise<void> {
    const { signal } = loop.stop
    let pause = FIRST_PAUSE_MS
    while (!signal.aborted) {
      try {
        await this.advance(loop)
        loop.failing = false
        pause = FIRST_PAUSE_MS
      } catch (cause) {
        loop.failing = true
        this.failures += 1
        const { partition } = loop.feed
        this.report(
          cause instanceof ReadModelError ? "the read model falls behind" : `reading partition ${partition} failed`,
          cause,
        )
        await delay(pause, undefined, { signal }).catch(() => undefined)
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
      }
    }
  }

  private async advance({ feed, stop }: Loop): Promise<void> {
    const { applied, unreadable, lost, atEnd } = await feed.step()
    this.applied += applied
    this.unreadable += unreadable.length
    this.lost += lost
    const [first] = unreadable
    if (first !== undefined)
      this.report(
        `the read model passed over ${unreadable.length} records of partition ${feed.partition} that it cannot read, the first at offset ${first.offset} of ${first.stream}`,
        first.why,
      )
    if (lost > 0)
      this.report(
        `the read model is not complete: ${lost} audit records of partition ${feed.partition} were gone before it read them`,
        "retention, or somebody deleted them",
      )
    if (!atEnd) return
    const at = { stream: STREAMS.audit, partition: feed.partition }
    const waited = AbortSignal.any([stop.signal, AbortSignal.timeout(this.options.checkMs)])
    await this.log.waitFor(at, feed.next, waited)
    // Nothing came: the quiet is used to see whether Redis was emptied, or a rebuild has put another model in its place.
    if (waited.aborted && !stop.signal.aborted) await feed.check()
  }

  private report(what: string, cause: unknown): void {
    const text = `${what}: ${cause instanceof Error ? cause.message : String(cause)}`
    const now = performance.now()
    if (now - (this.reported.get(text) ?? -REPEAT_MS) < REPEAT_MS) return
    if (this.reported.size > 100) this.reported.clear()
    this.reported.set(text, now)
    this.options.onProblem(what, cause)
  }

  private async measure(): Promise<void> {
    for (const loop of this.loops.values()) {
      if (this.stopping) return
      const at = { stream: STREAMS.audit, partition: loop.feed.partition }
      try {
        const [oldest] = await this.log.read(at, loop.feed.next, 1, 1)
        loop.lagMs = oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.time)
        loop.lagRecords = oldest === undefined ? 0 : (await this.log.bounds(at)).end - oldest.offset
      } catch (cause) {
        this.report(`the lag of partition ${at.partition} cannot be measured`, cause)
      }
    }
    try {
      this.options.onMetrics(this.metrics())
    } catch (cause) {
      // What only looks on must not end a process that judges.
      this.report("the metrics of the read model could not be told", cause)
    }
  }
}
