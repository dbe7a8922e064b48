/** Keeps the model up with the log, in each partition that is this process's share. */
import {
  type GroupMetrics,
  type Handler,
  joinGroup,
  limitRepeats,
  type Problem,
  type RunningGroup,
} from "@assay/consumer"
import type { Log } from "@assay/log"
import { STREAMS } from "@assay/streams"
import { ReadModelError } from "./errors.ts"
import { PartitionFeed } from "./feed.ts"
import type { Store } from "./store.ts"

export const READ_MODEL_GROUP = "read-model"

const PAUSES = { firstMs: 100, longestMs: 5_000 }
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

export class Projector {
  private readonly log: Log
  private readonly store: Store
  private readonly options: ProjectorOptions
  private readonly report: (what: string, cause: unknown) => void
  private running: RunningGroup | null = null
  private applied = 0
  private unreadable = 0
  private lost = 0

  constructor(log: Log, store: Store, options: ProjectorOptions) {
    this.log = log
    this.store = store
    this.options = options
    this.report = limitRepeats(options.onProblem, REPEAT_MS)
  }

  /** Joins the group and begins. Redis need not be there. @throws what the log says */
  async start(): Promise<void> {
    const { checkMs } = this.options
    this.running = await joinGroup({
      log: this.log,
      group: READ_MODEL_GROUP,
      stream: STREAMS.audit,
      sourcesOf: (partition) => [{ at: { stream: STREAMS.audit, partition }, handler: this.handlerOf(partition) }],
      idleMs: checkMs,
      pauses: PAUSES,
      // What is not applied yet is applied at the next start.
      atStop: "step",
      // Lost records are counted by the feed, which goes on behind them; for Redis it waits.
      halts: () => false,
      checkMs,
      onProblem: (problem) => this.problem(problem),
      onChecked: (now) => this.tell(now),
    })
  }

  /** Finishes the steps in hand; resolves when nothing reads the log any more. */
  async stop(): Promise<void> {
    await this.running?.stop()
  }

  metrics(): ProjectorMetrics {
    return this.metricsOf(this.running?.metrics() ?? null)
  }

  private metricsOf(now: GroupMetrics | null): ProjectorMetrics {
    return {
      partitions: now?.partitions ?? 0,
      up: now?.failing ? 0 : 1,
      applied: this.applied,
      unreadable: this.unreadable,
      lost: this.lost,
      failures: now?.failures ?? 0,
      lagRecords: now?.lagRecords ?? 0,
      lagMs: now?.lagMs ?? 0,
    }
  }

  /** Two processes at one partition would only repeat each other's work: what is applied twice changes nothing. */
  private handlerOf(partition: number): Handler {
    const feed = new PartitionFeed(this.log, this.store, partition)
    return {
      get next() {
        return feed.next
      },
      step: async () => {
        const { applied, unreadable, lost, atEnd } = await feed.step()
        this.applied += applied
        this.unreadable += unreadable.length
        this.lost += lost
        this.reportStep(partition, unreadable, lost)
        return { handled: applied, atEnd }
      },
      // The quiet is used to see whether Redis was emptied, or a rebuild has put another model in its place.
      idle: async () => {
        await feed.check()
      },
    }
  }

  private reportStep(
    partition: number,
    unreadable: Awaited<ReturnType<PartitionFeed["step"]>>["unreadable"],
    lost: number,
  ): void {
    const [first] = unreadable
    if (first !== undefined)
      this.report(
        `the read model passed over ${unreadable.length} records of partition ${partition} that it cannot read, the first at offset ${first.offset} of ${first.stream}`,
        first.why,
      )
    if (lost > 0)
      this.report(
        `the read model is not complete: ${lost} audit records of partition ${partition} were gone before it read them`,
        "retention, or somebody deleted them",
      )
  }

  private problem({ what, at, cause }: Problem): void {
    if (what === "lag") this.report(`the lag of partition ${at.partition} cannot be measured`, cause)
    else if (cause instanceof ReadModelError) this.report("the read model falls behind", cause)
    else this.report(`reading partition ${at.partition} failed`, cause)
  }

  private tell(now: GroupMetrics): void {
    try {
      this.options.onMetrics(this.metricsOf(now))
    } catch (cause) {
      // What only looks on must not end a process that judges.
      this.report("the metrics of the read model could not be read", cause)
    }
  }
}
